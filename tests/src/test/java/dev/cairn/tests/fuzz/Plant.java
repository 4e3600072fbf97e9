package dev.cairn.tests.fuzz;

import java.io.IOException;
import java.io.InputStream;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassTransform;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.CodeTransform;
import java.lang.classfile.TypeKind;
import java.lang.classfile.instruction.ConstantInstruction;
import java.lang.classfile.instruction.InvokeInstruction;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

/** A check that a decoder of Cairn has no longer: what the fuzzer must find. */
enum Plant {
  /** More checksums may be claimed than there are. */
  COUNT_OF_CHECKSUMS("base", "BlockSums", "decode", "require", "in the chunk"),

  /** Device state may lie anywhere. */
  BOUNDS_OF_A_SECTION("device", "OpenFile", "requireBody", "metadataOffset", ""),

  /** Memory is taken for device state before it is known to lie in the file. */
  MEMORY_FOR_A_SECTION("device", "DeviceFrames", "stored", "requireBody", "");

  private static final String PACKAGE = "dev.cairn.store.file.";

  private final String target;
  private final String owner;
  private final String method;
  private final String call;
  private final String text;

  /**
   * @param method that makes a call
   * @param text the last one before the call, if that tells it from others
   */
  Plant(String target, String owner, String method, String call, String text) {
    this.target = target;
    this.owner = owner;
    this.method = method;
    this.call = call;
    this.text = text;
  }

  FuzzTarget target() {
    return FuzzTargets.of(target);
  }

  /** Writes the class without the call below a directory. */
  void writeTo(Path directory) throws IOException {
    String file = (PACKAGE + owner).replace('.', '/') + ".class";
    AtomicInteger dropped = new AtomicInteger();
    ClassTransform change =
        ClassTransform.transformingMethodBodies(
            model -> model.methodName().equalsString(method),
            CodeTransform.ofStateful(() -> without(dropped)));
    try (InputStream in = Plant.class.getClassLoader().getResourceAsStream(file)) {
      if (in == null) {
        throw new IOException("no class " + file);
      }
      ClassFile classes = ClassFile.of();
      byte[] bytes = classes.transformClass(classes.parse(in.readAllBytes()), change);
      Path patched = directory.resolve(file);
      Files.createDirectories(patched.getParent());
      Files.write(patched, bytes);
    }
    if (dropped.get() == 0) {
      throw new AssertionError(this + ": no such call");
    }
  }

  private CodeTransform without(AtomicInteger dropped) {
    AtomicReference<String> last = new AtomicReference<>("");
    return (code, element) -> {
      if (element instanceof ConstantInstruction c && c.constantValue() instanceof String said) {
        last.set(said);
      }
      boolean isCall = element instanceof InvokeInstruction i && i.name().equalsString(call);
      if (isCall && (text.isEmpty() || text.equals(last.get()))) {
        drop(code, (InvokeInstruction) element);
        dropped.incrementAndGet();
      } else {
        code.with(element);
      }
    };
  }

  /** Takes the arguments and the receiver from the stack; a limit is then as high as can be. */
  private static void drop(CodeBuilder code, InvokeInstruction call) {
    for (ClassDesc parameter : call.typeSymbol().parameterList().reversed()) {
      if (TypeKind.from(parameter).slotSize() == 2) {
        code.pop2();
      } else {
        code.pop();
      }
    }
    code.pop();
    if (call.typeSymbol().returnType().equals(ConstantDescs.CD_long)) {
      code.loadConstant(Long.MAX_VALUE);
    }
  }
}
