package dev.cairn.tests.qemu;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * How a QEMU is started: {@code Guest.of("qemu11").memoryMiB(64).start()}. Each method returns
 * this. Not thread-safe.
 */
public final class GuestSetup {
  private final String version;
  private final List<String> more = new ArrayList<>();
  private String machine = "pc-q35-10.0";
  private String accelerator = "tcg";
  private String cpu = "qemu64";
  private int memoryMiB = 64;
  private int cpus = 1;
  private boolean linux;
  private Firmware firmware = Firmware.ofTheVectors();
  private String kernelWords = "";

  GuestSetup(String version) {
    this.version = version;
  }

  /** The firmware guest; it is what there is unless told otherwise. */
  public GuestSetup firmware(Firmware guest) {
    firmware = guest;
    linux = false;
    return this;
  }

  /**
   * A Linux guest that keeps a checksummed file, and says {@code COUNT n ok}; it needs 72 MiB.
   *
   * @param words for its init, such as {@code dirtykb=4096 period=1 fillmb=0}
   */
  public GuestSetup linux(String words) {
    linux = true;
    kernelWords = words;
    memoryMiB = Math.max(memoryMiB, 128);
    return this;
  }

  public GuestSetup memoryMiB(int size) {
    memoryMiB = size;
    return this;
  }

  public GuestSetup cpus(int count) {
    cpus = count;
    return this;
  }

  public GuestSetup cpu(String model) {
    cpu = model;
    return this;
  }

  /** The machine with its options; both QEMUs know pc-q35-10.0. */
  public GuestSetup machine(String name) {
    machine = name;
    return this;
  }

  public GuestSetup accelerator(String name) {
    accelerator = name;
    return this;
  }

  /** A destination: {@code defer}, or an address. */
  public GuestSetup incoming(String address) {
    return options("-incoming", address);
  }

  /** RAM in a named file that others can map; QEMU's block is then called {@code m}. */
  public GuestSetup sharedFile(Path file) {
    machine += ",memory-backend=m";
    return options(
        "-object", "memory-backend-file,id=m,share=on,size=" + memoryMiB + "M,mem-path=" + file);
  }

  /** RAM in a file without a name that others can map; QEMU's block is then called {@code m}. */
  public GuestSetup sharedMemfd() {
    machine += ",memory-backend=m";
    return options("-object", "memory-backend-memfd,id=m,share=on,size=" + memoryMiB + "M");
  }

  /** The same in host pages of 2 MiB, which the machine must have; a postcopy can go into it. */
  public GuestSetup hugeMemfd() {
    machine += ",memory-backend=m";
    String huge = "memory-backend-memfd,id=m,share=on,hugetlb=on,hugetlbsize=2M,size=";
    return options("-object", huge + memoryMiB + "M");
  }

  /** RAM of its own; QEMU's block is called {@code m} as that of shared RAM is. */
  public GuestSetup ownMemory() {
    machine += ",memory-backend=m";
    return options("-object", "memory-backend-ram,id=m,size=" + memoryMiB + "M");
  }

  /** Further options, as they are. */
  public GuestSetup options(String... options) {
    more.addAll(List.of(options));
    return this;
  }

  /** Starts it; it runs, or waits for what is incoming. */
  public Guest start() throws IOException, InterruptedException {
    Path program = Lab.qemu(version);
    List<String> guest = new ArrayList<>();
    if (linux) {
      guest.addAll(List.of("-kernel", Lab.kernel().toString()));
      guest.addAll(List.of("-initrd", Lab.initrd().toString()));
      guest.addAll(List.of("-append", "console=ttyS0 quiet panic=-1 " + kernelWords));
    }
    // Short, as the path of a Unix socket is, and readable by its owner only.
    Path directory = Files.createTempDirectory("cq");
    boolean done = false;
    try {
      if (!linux) {
        guest.addAll(List.of("-bios", firmware.assemble(directory).toString()));
      }
      Guest started = Guest.start(directory, command(program, directory, guest));
      done = true;
      return started;
    } finally {
      if (!done) {
        Guest.delete(directory);
      }
    }
  }

  private List<String> command(Path program, Path directory, List<String> guest) {
    List<String> command = new ArrayList<>();
    // Whatever becomes of this JVM, the kernel ends a guest that has used so much time.
    command.addAll(List.of("sh", "-c", "ulimit -t 900; exec \"$@\"", "sh", program.toString()));
    command.addAll(List.of("-accel", accelerator, "-machine", machine, "-cpu", cpu));
    command.addAll(List.of("-m", Integer.toString(memoryMiB), "-smp", Integer.toString(cpus)));
    command.addAll(List.of("-nodefaults", "-display", "none", "-monitor", "none"));
    command.addAll(List.of("-serial", "file:" + directory.resolve(Guest.SERIAL)));
    String qmp = directory.resolve(Guest.QMP) + ",server=on,wait=off";
    command.addAll(List.of("-qmp", "unix:" + qmp));
    command.addAll(guest);
    command.addAll(more);
    return command;
  }
}
