package dev.cairn.tools.capture;

import dev.cairn.store.DeviceSection;
import dev.cairn.store.RamLayout;
import dev.cairn.tools.qmp.MachineRecord;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The sections by which a point tells of its machine. They are read at attach, and anew where its
 * RAM has become another: something was plugged in, or out. Used by one thread.
 */
final class MachineSections {
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private final RunningQemu qemu;
  private List<DeviceSection> sections;
  private @Nullable RamLayout layout;

  /** Reads them. */
  MachineSections(RunningQemu qemu) throws IOException {
    this.qemu = qemu;
    this.sections = read();
  }

  private List<DeviceSection> read() throws IOException {
    MachineRecord record = MachineRecord.read(qemu.qmp(), PATIENCE);
    return List.of(new DeviceSection(MachineRecord.SECTION, MachineRecord.FORMAT, record.bytes()));
  }

  /** Returns those of a machine with that RAM. */
  List<DeviceSection> of(RamLayout now) throws IOException {
    if (layout != null && !layout.equals(now)) {
      sections = read();
    }
    layout = now;
    return sections;
  }
}
