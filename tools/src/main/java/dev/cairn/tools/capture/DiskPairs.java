package dev.cairn.tools.capture;

import dev.cairn.chain.Environment;
import dev.cairn.store.DeviceSection;
import dev.cairn.tools.disk.DiskNames;
import dev.cairn.tools.disk.DiskSnapshot;
import dev.cairn.tools.qmp.Qmp;
import java.io.IOException;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;

/**
 * Which checkpoints get a picture of the disks, and the taking of it. Not thread-safe.
 *
 * @param snapshot that takes it
 * @param every so many checkpoints: 1 for all; the first has one
 */
public record DiskPairs(DiskSnapshot snapshot, long every) {
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss", Locale.ROOT).withZone(ZoneOffset.UTC);

  /** Returns what is done in the pause of a checkpoint. */
  PauseWork work(Qmp qmp, long checkpoint, Environment environment) {
    if (checkpoint % every != 0) {
      return PauseWork.NONE;
    }
    String token =
        TIME.format(environment.clock().instant())
            + "-"
            + String.format(Locale.ROOT, "%08x", environment.random().nextInt());
    return (most, imagesActive) -> {
      DeviceSection section = snapshot.take(qmp, token, most, imagesActive).section();
      return List.of(section);
    };
  }

  /** Returns what is left of a picture whose checkpoint became no point: words for a person. */
  static String leftOver(Taken taken) {
    try {
      List<String> files =
          DiskNames.of(taken.image().deviceState()).stream()
              .flatMap(names -> names.disks().stream())
              .map(DiskNames.Disk::overlay)
              .toList();
      return files.isEmpty() ? "" : "; its disk overlays go on: " + String.join(", ", files);
    } catch (IOException e) {
      return "";
    }
  }
}
