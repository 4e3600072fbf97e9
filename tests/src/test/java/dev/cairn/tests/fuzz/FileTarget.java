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
  public Allowance.Extra read(byte[] input) throws IOException {
    return extra(FileConsistency.check(HostileFile.of(input, kind)));
  }

  static Allowance.Extra extra(FileConsistency.Report report) {
    return new Allowance.Extra(report.corrupt(), report.plain());
  }
}
