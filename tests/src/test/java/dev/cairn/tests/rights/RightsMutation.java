package dev.cairn.tests.rights;

import dev.cairn.tests.crash.MutatedClasses;
import java.lang.classfile.ClassTransform;
import java.lang.classfile.CodeElement;
import java.lang.classfile.CodeTransform;
import java.lang.classfile.TypeKind;
import java.lang.classfile.instruction.FieldInstruction;
import java.lang.classfile.instruction.InvokeInstruction;
import java.lang.classfile.instruction.ReturnInstruction;
import java.lang.constant.ClassDesc;
import java.lang.constant.MethodTypeDesc;

/** A guard against hostile names and links that main code has no longer. */
enum RightsMutation {
  /** Files are opened through symbolic links, and a lock that is one is taken for what it names. */
  FILES_THROUGH_LINKS("dev.cairn.store.io.Descriptor", "<clinit>|isStillNamed") {
    @Override
    CodeTransform body() {
      return (code, element) -> {
        if (element instanceof FieldInstruction f && f.name().equalsString("O_NOFOLLOW")) {
          code.iconst_0();
        } else if (element instanceof ReturnInstruction r && r.typeKind() == TypeKind.INT) {
          code.pop().iconst_1().ireturn();
        } else {
          code.with(element);
        }
      };
    }
  },

  /** Directories are opened through symbolic links. */
  DIRECTORIES_THROUGH_LINKS("dev.cairn.store.io.FileSystemDirectory", "openDirectory") {
    @Override
    CodeTransform body() {
      return (code, element) -> {
        if (isCall(element, "requireDirectory")) {
          code.pop();
        } else {
          code.with(element);
        }
      };
    }
  },

  /** Any word is a chain's name. */
  ANY_CHAIN_NAME("dev.cairn.chain.ChainName", "isSound") {
    @Override
    CodeTransform body() {
      return (code, element) -> {
        if (element instanceof ReturnInstruction) {
          code.pop().iconst_1();
        }
        code.with(element);
      };
    }
  },

  /** A manifest may break the rules. */
  NO_RULES("dev.cairn.chain.manifest.ManifestRules", "broken") {
    @Override
    CodeTransform body() {
      return (code, element) -> {
        if (element instanceof ReturnInstruction) {
          code.pop()
              .invokestatic(
                  ClassDesc.of("java.util.Optional"),
                  "empty",
                  MethodTypeDesc.ofDescriptor("()Ljava/util/Optional;"));
        }
        code.with(element);
      };
    }
  };

  private final String owner;
  private final String methods;

  /**
   * @param methods that are changed, as a regular expression
   */
  RightsMutation(String owner, String methods) {
    this.owner = owner;
    this.methods = methods;
  }

  /** Returns a new change of the methods' bodies. */
  abstract CodeTransform body();

  MutatedClasses classes() {
    return new MutatedClasses(
        owner,
        ClassTransform.transformingMethodBodies(
            model -> model.methodName().stringValue().matches(methods), body()));
  }

  private static boolean isCall(CodeElement element, String name) {
    return element instanceof InvokeInstruction call && call.name().equalsString(name);
  }
}
