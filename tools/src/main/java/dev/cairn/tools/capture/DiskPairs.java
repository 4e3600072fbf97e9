package dev.cairn.tools.capture;

import dev.cairn.chain.Environment;
import dev.cairn.tools.disk.DiskNames;
import dev.cairn.tools.disk.DiskSnapshot;
import dev.cairn.tools.qmp.Qmp;
import java.io.IOException;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * A picture of the disks for some of the points, and the taking of it. Not thread-safe.
 *
 * @param snapshot that takes it
 * @param every so many points: 1 for all; the first has one; see {@link DiskTurns}
 */
public record DiskPairs(DiskSnapshot snapshot, long every) {
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss", Locale.ROOT).withZone(ZoneOffset.UTC);

  /**
   * Returns what is done in the pause of a checkpoint that gets one.
   *
   * @param overlays hears of those that are made
   */
  PauseWork work(Qmp qmp, Environment environment, Overlays overlays) {
    String token =
        TIME.format(environment.clock().instant())
            + "-"
            + String.format(Locale.ROOT, "%08x", environment.random().nextInt());
    return (most, imagesActive) -> {
      DiskNames names = snapshot.take(qmp, token, most, imagesActive);
      overlays.made(files(names));
      return List.of(names.section());
    };
  }

  /** Returns the overlays of a checkpoint's picture, if it has one. */
  static Optional<List<String>> overlays(Taken taken) {
    try {
      return DiskNames.of(taken.image().deviceState()).map(DiskPairs::files);
    } catch (IOException e) {
      return Optional.empty(); // it would not be ours
    }
  }

  private static List<String> files(DiskNames names) {
    return names.disks().stream().map(DiskNames.Disk::overlay).toList();
  }

  /** Returns what is left of a picture whose checkpoint became no point: words for a person. */
  static String leftOver(Taken taken) {
    return Overlays.words(overlays(taken).orElse(List.of()));
  }
}
