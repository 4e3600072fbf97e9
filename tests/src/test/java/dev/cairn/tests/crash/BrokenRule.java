package dev.cairn.tests.crash;

import java.lang.classfile.ClassTransform;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.CodeElement;
import java.lang.classfile.CodeTransform;
import java.lang.classfile.MethodModel;
import java.lang.classfile.instruction.InvokeInstruction;
import java.lang.classfile.instruction.ReturnInstruction;
import java.lang.constant.ClassDesc;
import java.lang.constant.MethodTypeDesc;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/** A rule of the format that main code no longer follows. */
enum BrokenRule {
  /** A fork sees all that its source's layers have. */
  CAP_IGNORED("dev.cairn.chain.manifest.FileEntry", "through", "fork inside a layer") {
    @Override
    CodeTransform body() {
      ClassDesc entry = ClassDesc.of("dev.cairn.chain.manifest.FileEntry");
      ClassDesc name = ClassDesc.of("dev.cairn.store.file.FileName");
      return (code, element) -> {
        if (element instanceof ReturnInstruction) {
          code.pop2()
              .aload(0)
              .getfield(entry, "name", name)
              .invokevirtual(name, "last", MethodTypeDesc.ofDescriptor("()J"));
        }
        code.with(element);
      };
    }
  },

  /**
   * A merge keeps only versions that some point sees before the next one: what is kept behind the
   * loop, by the third call, is lost.
   */
  LAST_VERSION_DROPPED("dev.cairn.merge.PageMerger", "merge", "merge of two layers into one") {
    @Override
    CodeTransform body() {
      AtomicInteger calls = new AtomicInteger();
      return (code, element) -> {
        if (isCall(element, "keep") && calls.incrementAndGet() == 3) {
          code.pop().pop().pop().pop2().pop();
        } else {
          code.with(element);
        }
      };
    }
  },

  /**
   * What is to be forgotten was computed before somebody pinned it. A merge that is under way then
   * has an R of before both, and the next one drops what the pin should keep.
   */
  PIN_OVERLOOKED(
      "dev.cairn.chain.MarkEditor", "forget", "pin, then forget", "pin and forget during merge") {
    @Override
    CodeTransform body() {
      return (code, element) -> {
        if (isCall(element, "pins")) {
          empty(code);
        } else {
          code.with(element);
        }
      };
    }

    /** The second call copies the pins: it may be empty, too, as nobody keeps them then. */
    private static void empty(CodeBuilder code) {
      code.pop()
          .invokestatic(
              ClassDesc.of("java.util.Collections"),
              "emptySortedSet",
              MethodTypeDesc.ofDescriptor("()Ljava/util/SortedSet;"));
    }
  },

  /** A point that is forgotten can be pinned: the R of a merge under way was taken before. */
  FORGOTTEN_PINNED("dev.cairn.chain.MarkEditor", "pin", "pin of a forgotten point during merge") {
    @Override
    CodeTransform body() {
      return (code, element) -> {
        if (isCall(element, "requireRetained")) {
          code.pop2().pop();
        } else {
          code.with(element);
        }
      };
    }
  };

  private final String owner;
  private final String method;

  @SuppressWarnings("ImmutableEnumChecker") // made by List.of
  private final List<String> scenarios;

  BrokenRule(String owner, String method, String... scenarios) {
    this.owner = owner;
    this.method = method;
    this.scenarios = List.of(scenarios);
  }

  /** Returns a new change of the method's body. */
  abstract CodeTransform body();

  /** Returns the names of the scenarios in which it must be seen. */
  List<String> scenarios() {
    return scenarios;
  }

  MutatedClasses classes() {
    return new MutatedClasses(
        owner, ClassTransform.transformingMethodBodies(this::isMethod, body()));
  }

  private boolean isMethod(MethodModel model) {
    return model.methodName().equalsString(method);
  }

  private static boolean isCall(CodeElement element, String name) {
    return element instanceof InvokeInstruction call && call.name().equalsString(name);
  }
}
