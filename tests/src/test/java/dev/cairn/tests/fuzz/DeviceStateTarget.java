package dev.cairn.tests.fuzz;

import dev.cairn.store.file.FileConsistency;
import dev.cairn.store.file.FileKind;
import java.io.IOException;

/** The device state of the points of a layer: sections that lie in the layer itself. */
record DeviceStateTarget() implements FuzzTarget {
  private static final int COPIES = 3;

  @Override
  public String name() {
    return "device";
  }

  @Override
  public int mostBytes() {
    return 8 << 10;
  }

  /** Compressed sections stand in memory twice, and a frame may hold 32 KiB a byte. */
  @Override
  public long allowance(byte[] input) {
    long plain = 0;
    try {
      HostileInput file = HostileFile.of(input.clone(), FileKind.LAYER);
      plain = FileConsistency.plainDeviceBytes(file);
    } catch (IOException e) {
      // Then there is no device state either.
    }
    return Allowance.of(input.length) + COPIES * plain;
  }

  @Override
  public void read(byte[] input) throws IOException {
    FileConsistency.checkDeviceState(HostileFile.of(input, FileKind.LAYER));
  }
}
