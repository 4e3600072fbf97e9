package dev.cairn.tests.fuzz;

import dev.cairn.store.file.FileConsistency;
import dev.cairn.store.file.FileKind;
import java.io.IOException;

/** The device state of the points of a layer: sections that lie in the layer itself. */
record DeviceStateTarget() implements FuzzTarget {
  @Override
  public String name() {
    return "device";
  }

  @Override
  public int mostBytes() {
    return 8 << 10;
  }

  @Override
  public Allowance.Extra read(byte[] input) throws IOException {
    return FileTarget.extra(
        FileConsistency.checkDeviceState(HostileFile.of(input, FileKind.LAYER)));
  }
}
