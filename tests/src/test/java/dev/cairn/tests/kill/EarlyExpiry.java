package dev.cairn.tests.kill;

import java.lang.classfile.CodeBuilder;
import java.lang.classfile.CodeElement;
import java.lang.classfile.CodeTransform;
import java.lang.classfile.instruction.InvokeInstruction;
import java.lang.classfile.instruction.StoreInstruction;
import java.lang.constant.ClassDesc;
import java.lang.constant.MethodTypeDesc;
import java.util.HashMap;
import java.util.Map;

/**
 * Changes {@code Chain.commit}: it lets its {@code FileExpirer} delete what the new manifest does
 * not name before that is published, too. Not thread-safe.
 */
final class EarlyExpiry implements CodeTransform {
  private static final ClassDesc EXPIRER = ClassDesc.of("dev.cairn.chain.FileExpirer");
  private static final MethodTypeDesc OF_TWO_MANIFESTS =
      MethodTypeDesc.ofDescriptor(
          "(Ldev/cairn/chain/manifest/Manifest;Ldev/cairn/chain/manifest/Manifest;)V");

  private final Map<String, Integer> slots = new HashMap<>();
  private String made = "";

  @Override
  public void accept(CodeBuilder code, CodeElement element) {
    if (element instanceof InvokeInstruction call) {
      if (call.name().equalsString("publish")) {
        code.aload(slot("new FileExpirer"))
            .aload(slot("head"))
            .aload(slot("apply"))
            .invokevirtual(EXPIRER, "expire", OF_TWO_MANIFESTS);
      }
      boolean makes = call.name().equalsString("<init>") && call.owner().matches(EXPIRER);
      made = makes ? "new FileExpirer" : call.name().stringValue();
    } else if (element instanceof StoreInstruction store && !made.isEmpty()) {
      slots.put(made, store.slot());
      made = "";
    }
    code.with(element);
  }

  private int slot(String of) {
    Integer slot = slots.get(of);
    if (slot == null) {
      throw new IllegalStateException("no variable has the result of " + of);
    }
    return slot;
  }
}
