package dev.cairn.tools.disk;

import com.fasterxml.jackson.databind.JsonNode;
import dev.cairn.store.RefusedException;
import dev.cairn.tools.qmp.Qmp;
import dev.cairn.tools.qmp.QmpException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * A picture by QEMU itself: one transaction gives every writable disk a new qcow2 overlay; the file
 * below it is the disk at the point from then on. QEMU flushes before. Immutable.
 *
 * <p>The overlays pile up: who needs few commits them ({@code block-commit}).
 */
public final class BlockdevSnapshot implements DiskSnapshot {
  private static final Duration PATIENCE = Duration.ofSeconds(5);

  private final Optional<Path> directory;

  /**
   * @param directory for the overlays, as QEMU sees it; or nothing: beside each disk
   */
  public BlockdevSnapshot(Optional<Path> directory) {
    this.directory = directory;
  }

  /**
   * A writable disk. Immutable.
   *
   * @param device its name for QEMU: of the drive, or nothing
   * @param node the node on top
   */
  private record Target(String device, String node, String file, String format) {
    String name() {
      return device.isEmpty() ? node : device;
    }
  }

  @Override
  public void check(Qmp qmp) throws IOException {
    List<Target> targets = targets(qmp, PATIENCE);
    if (targets.isEmpty()) {
      throw new RefusedException(
          "--disk-snapshot blockdev: writable disks: expected at least one, found none; leave the"
              + " option out");
    }
    for (Target target : targets) {
      if (directory.isEmpty() && !target.file.startsWith("/")) {
        throw new RefusedException(
            "disk "
                + target.name()
                + ": file: expected an absolute path, found "
                + target.file
                + "; say where overlays go: --disk-snapshot blockdev:DIR");
      }
    }
  }

  private static List<Target> targets(Qmp qmp, Duration most) throws IOException {
    List<Target> targets = new ArrayList<>();
    for (JsonNode disk : qmp.execute("query-block", Map.of(), most)) {
      JsonNode inserted = disk.path("inserted");
      if (inserted.isMissingNode() || inserted.path("ro").asBoolean()) {
        continue;
      }
      Target target =
          new Target(
              disk.path("device").asText(),
              inserted.path("node-name").asText(),
              inserted.path("image").path("filename").asText(),
              inserted.path("drv").asText());
      requireNoPersistentBitmap(target, inserted);
      targets.add(target);
    }
    return targets;
  }

  /** QEMU 11 refuses the transaction for these while the machine stands still for us. */
  private static void requireNoPersistentBitmap(Target target, JsonNode inserted)
      throws RefusedException {
    for (JsonNode bitmap : inserted.path("dirty-bitmaps")) {
      if (bitmap.path("persistent").asBoolean()) {
        throw new RefusedException(
            "disk "
                + target.name()
                + ": dirty bitmaps: expected none that are persistent, found "
                + bitmap.path("name").asText()
                + "; remove it, or take the picture by --disk-snapshot-command");
      }
    }
  }

  @Override
  public DiskNames take(Qmp qmp, String token, Duration most, boolean imagesActive)
      throws IOException {
    List<DiskNames.Disk> disks = new ArrayList<>();
    List<Map<String, Object>> actions = new ArrayList<>();
    List<Target> targets = targets(qmp, most);
    for (int i = 0; i < targets.size(); i++) {
      Target target = targets.get(i);
      String overlay = place(target).resolve("cairn-" + token + "-" + i + ".qcow2").toString();
      Map<String, Object> data = new LinkedHashMap<>();
      data.put("node-name", target.node);
      data.put("snapshot-file", overlay);
      data.put("snapshot-node-name", nodeName(token, i));
      data.put("format", "qcow2");
      actions.add(Map.of("type", "blockdev-snapshot-sync", "data", data));
      disks.add(new DiskNames.Disk(target.name(), target.file, target.format, overlay));
    }
    try {
      qmp.execute("transaction", Map.of("actions", actions), most);
    } catch (QmpException e) {
      throw refused(qmp, e, disks, most);
    }
    return new DiskNames(DiskNames.BLOCKDEV, token, disks, List.of());
  }

  /**
   * Deletes what QEMU has left of a transaction that it refused: it takes the nodes back, and not
   * the files. Their names are of this picture alone, and no node has them, so that nothing of
   * anybody's is in them. Where the outcome is not known nothing is deleted.
   *
   * @return what to throw; it names what could not be deleted, as this process may see other files
   */
  private static IOException refused(
      Qmp qmp, QmpException why, List<DiskNames.Disk> disks, Duration most) throws IOException {
    String nodes = qmp.execute("query-named-block-nodes", Map.of("flat", true), most).toString();
    List<String> left = new ArrayList<>();
    for (DiskNames.Disk disk : disks) {
      String overlay = disk.overlay();
      if (nodes.contains(String.valueOf(Path.of(overlay).getFileName()))) {
        left.add(overlay);
        continue;
      }
      try {
        Files.deleteIfExists(Path.of(overlay));
      } catch (IOException e) {
        left.add(overlay);
      }
    }
    return left.isEmpty()
        ? why
        : new IOException(why.getMessage() + "; what is left of it: " + left, why);
  }

  /** QEMU takes names of up to 31 characters; a token ends with what is random of it. */
  private static String nodeName(String token, int disk) {
    return "cairn-" + token.substring(Math.max(0, token.length() - 16)) + "-" + disk;
  }

  private Path place(Target target) {
    return directory.orElseGet(
        () -> Objects.requireNonNull(Path.of(target.file).getParent(), "an absolute path"));
  }
}
