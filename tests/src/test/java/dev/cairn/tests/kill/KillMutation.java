package dev.cairn.tests.kill;

import java.io.IOException;
import java.io.InputStream;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassTransform;
import java.lang.classfile.CodeElement;
import java.lang.classfile.CodeTransform;
import java.lang.classfile.instruction.ConstantInstruction;
import java.lang.classfile.instruction.InvokeInstruction;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Pattern;

/** A rule that the victims' main code does not follow any more. */
enum KillMutation {
  /** Two commit at once. */
  LOCK_NOT_TAKEN(
      "dev.cairn.chain.Chain",
      "commit",
      "MANIFEST|as the manifest says|acknowledged|in place of|NoSuchFile|no such file|swept by") {
    @Override
    CodeTransform body() {
      return (code, element) -> {
        if (isCall(element, "lock")) {
          code.pop().aconst_null(); // its chain is the call's only operand
        } else {
          code.with(element);
        }
      };
    }

    @Override
    void round(KillRounds rounds) throws IOException, InterruptedException {
      rounds.killDuring(Task.CHECKPOINT);
    }
  },

  /** A commit deletes what it replaces before its manifest is the chain's. */
  REPLACED_FILES_DELETED_TOO_EARLY("dev.cairn.chain.Chain", "commit", "no such file") {
    @Override
    CodeTransform body() {
      return CodeTransform.ofStateful(EarlyExpiry::new);
    }

    @Override
    void round(KillRounds rounds) throws IOException, InterruptedException {
      rounds.killAt(KillPoint.MERGED_MANIFEST_SYNCED);
    }
  },

  /** A sweep takes unfinished files, though their writers live. */
  OWNER_OF_A_FILE_OVERLOOKED(
      "dev.cairn.chain.FileExpirer", "isAbandoned", "NoSuchFile|no such file") {
    @Override
    CodeTransform body() {
      return (code, element) -> {
        if (isCall(element, "ownerIsAlive")) {
          code.pop().pop().iconst_0();
        } else {
          code.with(element);
        }
      };
    }

    @Override
    void round(KillRounds rounds) throws IOException, InterruptedException {
      rounds.killDuring(Task.SWEEP);
    }
  },

  /** The manifest is deleted and written anew under its own name. */
  MANIFEST_WRITTEN_IN_PLACE("dev.cairn.chain.ManifestFile", "publish|write", "MANIFEST") {
    @Override
    CodeTransform body() {
      return (code, element) -> {
        if (element instanceof ConstantInstruction constant
            && constant.constantValue().equals("MANIFEST.tmp")) {
          code.loadConstant("MANIFEST");
        } else {
          code.with(element);
        }
      };
    }

    @Override
    void round(KillRounds rounds) throws IOException, InterruptedException {
      rounds.killDuring(Task.CHECKPOINT);
    }
  };

  private final String owner;
  private final String method;
  private final Pattern failure;

  /**
   * @param failure what whoever finds the bug says
   */
  KillMutation(String owner, String method, String failure) {
    this.owner = owner;
    this.method = method;
    this.failure = Pattern.compile(failure);
  }

  boolean isSeenBy(String said) {
    return failure.matcher(said).find();
  }

  /** Returns a new change of the method's body. */
  abstract CodeTransform body();

  /** Does a round that may show it. */
  abstract void round(KillRounds rounds) throws IOException, InterruptedException;

  static boolean isCall(CodeElement element, String name) {
    return element instanceof InvokeInstruction call && call.name().equalsString(name);
  }

  /** Writes the changed class, as a place for a class path. */
  void write(Path directory) throws IOException {
    String name = owner.replace('.', '/') + ".class";
    ClassFile classes = ClassFile.of();
    byte[] bytes;
    try (InputStream in = KillMutation.class.getClassLoader().getResourceAsStream(name)) {
      if (in == null) {
        throw new IOException("no class " + owner);
      }
      bytes = in.readAllBytes();
    }
    ClassTransform change =
        ClassTransform.transformingMethodBodies(
            model -> model.methodName().stringValue().matches(method), body());
    Path file = directory.resolve(name);
    Files.createDirectories(directory.resolve(name.substring(0, name.lastIndexOf('/'))));
    Files.write(file, classes.transformClass(classes.parse(bytes), change));
  }
}
