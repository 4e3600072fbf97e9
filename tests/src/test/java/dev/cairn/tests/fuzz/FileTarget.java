package dev.cairn.tests.fuzz;

import dev.cairn.store.file.FileConsistency;
import dev.cairn.store.file.FileKind;
import java.io.IOException;

/**
 * A base image, layer or page file.
 *
 * @param name of the target
 * @param kind whose seeds it has; the fuzzer may well turn it into another
 */
record FileTarget(String name, FileKind kind) implements FuzzTarget {
  @Override
  public int mostBytes() {
    return 16 << 10;
  }

  @Override
  public long allowance(byte[] input) {
    return Allowance.of(input.length);
  }

  @Override
  public void read(byte[] input) throws IOException {
    FileConsistency.check(HostileFile.of(input, kind));
  }
}
