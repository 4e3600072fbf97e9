package dev.cairn.tools.capture;

import dev.cairn.store.RamBlock;
import dev.cairn.store.RamLayout;
import dev.cairn.tools.linux.ProcessMemory;
import dev.cairn.tools.qmp.GuestRam;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The files of a guest's memory by the names of its blocks; open until they are closed. What is
 * made of them may be read by several threads at once, else not thread-safe.
 */
final class GuestFiles implements AutoCloseable {
  private final GuestRam ram;
  private final ProcessMemory process;
  private final Map<String, GuestMemory.Place> shared = new HashMap<>();
  private final List<FileChannel> opened = new ArrayList<>();

  private GuestFiles(GuestRam ram, ProcessMemory process) {
    this.ram = ram;
    this.process = process;
  }

  /**
   * Opens all that is shared.
   *
   * @param pid of QEMU, 0 if it is hidden
   * @throws ModeFailedException if that cannot be told, or is not allowed
   */
  static GuestFiles open(RunningQemu qemu, long pid) throws IOException {
    if (pid == 0) {
      throw new ModeFailedException("the process of QEMU is not known here, nor its memory");
    }
    GuestRam ram = GuestRam.read(qemu.qmp(), RunningQemu.PATIENCE);
    try {
      GuestFiles files = new GuestFiles(ram, ProcessMemory.of(pid));
      boolean done = false;
      try {
        files.open();
        done = true;
        return files;
      } finally {
        if (!done) {
          files.close();
        }
      }
    } catch (ModeFailedException e) {
      throw e;
    } catch (IOException e) {
      throw denied(pid, e);
    }
  }

  private static ModeFailedException denied(long pid, IOException why) {
    return new ModeFailedException(
        "the memory of QEMU, process "
            + pid
            + ", cannot be read: "
            + Faults.message(why)
            + "; be root, or whoever runs it",
        why);
  }

  private void open() throws IOException {
    for (GuestRam.Block block : ram.blocks()) {
      Optional<ProcessMemory.Mapped> mapped = mapped(block);
      boolean known = block.backend().filter(GuestRam.Backend::share).isPresent();
      if (known) {
        ProcessMemory.Mapped file =
            mapped
                .filter(ProcessMemory.Mapped::shared)
                .orElseThrow(() -> strange(block, "one shared file", "none, or several"));
        FileChannel channel = process.open(file);
        opened.add(channel);
        if (channel.size() < file.offset() + block.usedBytes()) {
          throw strange(
              block, (file.offset() + block.usedBytes()) + " bytes", channel.size() + " bytes");
        }
        shared.put(block.name(), new GuestMemory.Place(channel, file.offset()));
      } else if (mapped.filter(ProcessMemory.Mapped::shared).isPresent()) {
        throw strange(block, "memory of QEMU's own", "a shared file without a memory backend");
      }
    }
    if (shared.isEmpty()) {
      throw new ModeFailedException(
          "no memory of this QEMU is shared: give it memory-backend-file or"
              + " memory-backend-memfd with share=on");
    }
  }

  private Optional<ProcessMemory.Mapped> mapped(GuestRam.Block block) throws ModeFailedException {
    long address =
        block
            .address()
            .orElseThrow(
                () ->
                    new ModeFailedException(
                        "this QEMU does not tell where block " + block.name() + " lies"));
    return process.find(address, block.usedBytes());
  }

  private static ModeFailedException strange(GuestRam.Block block, String expected, String found) {
    return new ModeFailedException(
        "memory of block " + block.name() + ": expected " + expected + ", found " + found);
  }

  /** Returns what QEMU has for memory. */
  GuestRam ram() {
    return ram;
  }

  /** Finds the block of a layout; it may have been plugged, or become longer, since. */
  private GuestRam.Block find(RamBlock wanted) throws LostCheckpointException {
    return ram.blocks().stream()
        .filter(b -> b.name().equals(wanted.name()) && b.usedBytes() == wanted.length())
        .findFirst()
        .orElseThrow(
            () -> new LostCheckpointException("block " + wanted.name() + " is another one now"));
  }

  /** Returns the files alone as an image; the guest may run. */
  GuestMemory alone() {
    List<RamBlock> blocks = new ArrayList<>();
    List<Optional<GuestMemory.Place>> places = new ArrayList<>();
    for (GuestRam.Block each : ram.blocks()) {
      GuestMemory.Place place = shared.get(each.name());
      if (place != null) {
        blocks.add(new RamBlock(each.name(), each.usedBytes()));
        places.add(Optional.of(place));
      }
    }
    return new GuestMemory(new RamLayout(Spool.PAGE, blocks), places, null, List.of());
  }

  /**
   * Returns the memory as an image; what QEMU does not leave out of a stream with x-ignore-shared
   * is in a spool, which has come whole.
   *
   * @throws ModeFailedException if QEMU has sent what it should leave out
   * @throws LostCheckpointException if it has other blocks by now
   */
  GuestMemory with(Spool rest) throws IOException {
    RamLayout layout = rest.layout();
    List<Optional<GuestMemory.Place>> places = new ArrayList<>();
    for (int block = 0; block < layout.blocks().size(); block++) {
      RamBlock each = layout.blocks().get(block);
      boolean ignored = find(each).backend().filter(GuestRam.Backend::isIgnored).isPresent();
      Optional<GuestMemory.Place> place =
          ignored ? Optional.ofNullable(shared.get(each.name())) : Optional.empty();
      if (place.isPresent()) {
        rest.runs(
            block,
            0,
            each.pages(Spool.PAGE),
            true,
            (page, _) -> {
              throw new ModeFailedException(
                  "QEMU sends page " + page + " of block " + each.name() + ", which it shares");
            });
      }
      places.add(place);
    }
    return new GuestMemory(layout, places, rest, List.of());
  }

  /**
   * Returns the memory as an image; what is not shared is read from QEMU itself.
   *
   * @throws LostCheckpointException if it has other blocks by now
   */
  GuestMemory withProcess(RamLayout layout) throws IOException {
    FileChannel all = openProcess();
    List<Optional<GuestMemory.Place>> places = new ArrayList<>();
    boolean done = false;
    try {
      for (RamBlock each : layout.blocks()) {
        GuestMemory.Place shown = shared.get(each.name());
        GuestMemory.Place own = new GuestMemory.Place(all, find(each).address().orElseThrow());
        places.add(Optional.of(shown != null ? shown : own));
      }
      done = true;
    } finally {
      if (!done) {
        all.close();
      }
    }
    return new GuestMemory(layout, places, null, List.of(all));
  }

  /**
   * Opens QEMU's own memory.
   *
   * @throws ModeFailedException if that is not allowed
   */
  FileChannel openProcess() throws ModeFailedException {
    try {
      return process.openAll();
    } catch (IOException e) {
      throw denied(process.pid(), e);
    }
  }

  @Override
  public void close() throws IOException {
    for (FileChannel channel : opened) {
      channel.close();
    }
  }
}
