package dev.cairn.transport.source;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** How much memory windows may take of this machine and this process. Stateless. */
final class LockableMemory {
  private static final long MOST = 1L << 30;
  private static final int PART_OF_RAM = 8;

  /** CAP_IPC_LOCK: who has it may lock what he likes. */
  private static final int IPC_LOCK = 14;

  private LockableMemory() {}

  /** Returns the bound of transport/PROTOCOL.md, Windows of files, bytes; 0 if it is not known. */
  static long most() {
    try {
      return most(lines("/proc/meminfo"), lines("/proc/self/status"), lines("/proc/self/limits"));
    } catch (IOException | NumberFormatException e) {
      return 0;
    }
  }

  private static List<String> lines(String file) throws IOException {
    return Files.readAllLines(Path.of(file));
  }

  /** As {@link #most()}, of the texts of these files. */
  static long most(List<String> memory, List<String> status, List<String> limits) {
    long ram = 1024 * Long.parseLong(word(memory, "MemTotal:", 1).orElse("0"));
    long most = Math.min(MOST, ram / PART_OF_RAM);
    long capabilities = Long.parseUnsignedLong(word(status, "CapEff:", 1).orElse("0"), 16);
    String limit = word(limits, "Max locked memory", 3).orElse("0");
    boolean free = (capabilities & 1L << IPC_LOCK) != 0 || limit.equals("unlimited");
    return free ? most : Math.min(most, Long.parseLong(limit) / 2);
  }

  /** Returns a word of the line that begins with others. */
  private static Optional<String> word(List<String> lines, String first, int index) {
    return lines.stream()
        .filter(line -> line.startsWith(first))
        .map(line -> line.split("\\s+"))
        .filter(words -> words.length > index)
        .map(words -> words[index])
        .findFirst();
  }
}
