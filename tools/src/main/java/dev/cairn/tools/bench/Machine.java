package dev.cairn.tools.bench;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;

/**
 * What the numbers were measured on. Immutable.
 *
 * @param processor as the kernel names it
 * @param cores that this process may use
 * @param load of the last minute before, by the kernel
 * @param system kernel
 * @param jdk version and vendor
 * @param fileSystem type of that of the temporary files
 */
public record Machine(
    String processor, int cores, double load, String system, String jdk, String fileSystem) {

  /** Looks where this process runs. */
  public static Machine look(Path directory) throws IOException {
    return new Machine(
        processorName(),
        Runtime.getRuntime().availableProcessors(),
        ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage(),
        System.getProperty("os.name") + " " + System.getProperty("os.version"),
        Runtime.version() + ", " + System.getProperty("java.vendor"),
        Files.getFileStore(directory).type());
  }

  private static String processorName() throws IOException {
    Path file = Path.of("/proc/cpuinfo");
    if (!Files.isReadable(file)) {
      return System.getProperty("os.arch");
    }
    try (Stream<String> lines = Files.lines(file, StandardCharsets.UTF_8)) {
      return lines
          .filter(line -> line.startsWith("model name"))
          .map(line -> line.substring(line.indexOf(':') + 1).strip())
          .findFirst()
          .orElse(System.getProperty("os.arch"));
    }
  }

  /** Returns the cores that this process may use, as taskset takes them: {@code 0-3,6}. */
  static String allowedCores() throws IOException {
    String field = "Cpus_allowed_list:";
    try (Stream<String> lines = Files.lines(Path.of("/proc/self/status"))) {
      return lines
          .filter(line -> line.startsWith(field))
          .map(line -> line.substring(field.length()).strip())
          .findFirst()
          .orElseThrow(() -> new IOException("/proc/self/status has no " + field));
    }
  }

  /** Returns it for people. */
  public List<String> lines() {
    return List.of(
        String.format(Locale.ROOT, "machine: %s, %d cores, load %.2f", processor, cores, load),
        "system: " + system + ", " + fileSystem,
        "JDK: " + jdk);
  }

  /** Returns it for machines. */
  public Map<String, Object> json() {
    Map<String, Object> row = new LinkedHashMap<>();
    row.put("message_type", "machine");
    row.put("processor", processor);
    row.put("cores", cores);
    row.put("load", load);
    row.put("system", system);
    row.put("jdk", jdk);
    row.put("fileSystem", fileSystem);
    return row;
  }
}
