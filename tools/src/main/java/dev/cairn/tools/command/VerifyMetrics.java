package dev.cairn.tools.command;

import dev.cairn.transport.serve.Exposition;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.Map;
import java.util.TreeMap;

/** What a run of {@code verify} tells those who watch. Not thread-safe. */
final class VerifyMetrics {
  private static final String FINDINGS = "cairn_verify_findings";
  private static final String FAILED = "cairn_verify_failed";
  private static final String SHARE = "cairn_verify_read_ratio";
  private static final String TIME = "cairn_verify_time_seconds";

  private final double share;
  private final Map<String, Integer> findings = new TreeMap<>();
  private final Map<String, Boolean> failed = new TreeMap<>();

  /**
   * Makes one of nothing yet.
   *
   * @param share of the page data that is read
   */
  VerifyMetrics(double share) {
    this.share = share;
  }

  /**
   * Takes what one chain has; the empty name stands for what belongs to none.
   *
   * @param couldNotBeRead it was not verified
   */
  void add(String chain, int count, boolean couldNotBeRead) {
    findings.put(chain, count);
    failed.put(chain, couldNotBeRead);
  }

  /** Writes them to a file, whole or not at all. */
  void write(Path file, Instant now) throws IOException {
    Exposition text = new Exposition();
    text.gauge(FINDINGS, "Findings of the last verify; 0: no damage.");
    findings.forEach((chain, count) -> text.value(FINDINGS, "chain", chain, count));
    text.gauge(FAILED, "1 where the last verify could not read a chain.");
    failed.forEach((chain, is) -> text.value(FAILED, "chain", chain, is ? 1 : 0));
    text.gauge(SHARE, "Share of the page data that the last verify read, 0 to 1.");
    findings.keySet().forEach(chain -> text.value(SHARE, "chain", chain, share));
    text.gauge(TIME, "Unix time at which the last verify ended.");
    double ended = now.getEpochSecond();
    findings.keySet().forEach(chain -> text.value(TIME, "chain", chain, ended));
    Path path = file.toAbsolutePath();
    Path made = path.resolveSibling(path.getFileName() + ".new");
    Files.writeString(made, text.toString());
    // Whoever reads it is somebody else, and there is nothing of a guest in it.
    Files.setPosixFilePermissions(made, PosixFilePermissions.fromString("rw-r--r--"));
    Files.move(made, path, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }
}
