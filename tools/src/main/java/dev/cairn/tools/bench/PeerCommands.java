package dev.cairn.tools.bench;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The commands of programs that keep points. Immutable. */
final class PeerCommands {
  private static final String POINT = "point-";

  private PeerCommands() {}

  /** Cairn's own: each a process, as a script calls it. */
  record CairnCommands(Path store) implements CommandPeer.Commands {
    private List<String> cairn(String... words) {
      List<String> arguments = new ArrayList<>(List.of("--store", store.toString(), "-q"));
      arguments.addAll(List.of(words));
      return Children.cairn(arguments);
    }

    @Override
    public List<List<String>> begin() {
      return List.of(cairn("init"));
    }

    @Override
    public List<List<String>> checkpoint(int point, Path image) {
      return List.of(cairn("checkpoint", "vm", "--from", "raw:" + image));
    }

    @Override
    public List<List<String>> restore(int point, Path target) {
      return List.of(cairn("restore", "vm@" + point, "--to", "raw:" + target));
    }
  }

  /**
   * A chain of qcow2 files: an overlay on the new image, moved onto the chain by a rebase that
   * compares and keeps only what differs.
   */
  record Qcow2Commands(Path directory) implements CommandPeer.Commands {
    private String file(int point) {
      return directory.resolve(POINT + point + ".qcow2").toString();
    }

    @Override
    public List<List<String>> begin() {
      return List.of();
    }

    @Override
    public List<List<String>> checkpoint(int point, Path image) {
      if (point == 0) {
        return List.of(
            List.of("qemu-img", "convert", "-f", "raw", "-O", "qcow2", image.toString(), file(0)));
      }
      return List.of(
          List.of(
              "qemu-img",
              "create",
              "-q",
              "-f",
              "qcow2",
              "-F",
              "raw",
              "-b",
              image.toString(),
              file(point)),
          List.of(
              "qemu-img",
              "rebase",
              "-f",
              "qcow2",
              "-F",
              "qcow2",
              "-b",
              file(point - 1),
              file(point)));
    }

    @Override
    public List<Path> unsynced(int point) {
      return List.of(Path.of(file(point)));
    }

    @Override
    public List<List<String>> restore(int point, Path target) {
      return List.of(
          List.of(
              "qemu-img", "convert", "-f", "qcow2", "-O", "raw", file(point), target.toString()));
    }
  }

  /** A restic repository. */
  record ResticCommands(Path directory, Path image) implements CommandPeer.Commands {
    private List<String> restic(String... words) {
      List<String> command =
          new ArrayList<>(
              List.of(
                  "env",
                  "RESTIC_PASSWORD=bench",
                  "restic",
                  "--no-cache",
                  "--quiet",
                  "--repo",
                  directory.toString()));
      command.addAll(List.of(words));
      return command;
    }

    @Override
    public List<List<String>> begin() {
      return List.of(restic("init"));
    }

    @Override
    public List<List<String>> checkpoint(int point, Path file) {
      return List.of(restic("backup", "--tag", POINT + point, file.toString()));
    }

    @Override
    public List<List<String>> restore(int point, Path target) {
      return List.of(
          restic(
              "restore",
              "latest",
              "--tag",
              POINT + point,
              "--target",
              target.resolveSibling("restic").toString()));
    }

    /** It restores below the target by the whole old path. */
    @Override
    public Path restored(Path target) {
      Path old = image.toAbsolutePath();
      return target.resolveSibling("restic").resolve(old.getRoot().relativize(old));
    }
  }

  /** A borg repository without encryption. */
  record BorgCommands(Path directory, Path image) implements CommandPeer.Commands {
    private List<String> borg(Path where, String... words) {
      List<String> command =
          new ArrayList<>(
              List.of(
                  "env",
                  "-C",
                  where.toString(),
                  "BORG_BASE_DIR=" + directory,
                  "BORG_UNKNOWN_UNENCRYPTED_REPO_ACCESS_IS_OK=yes",
                  "borg"));
      command.addAll(List.of(words));
      return command;
    }

    private String repository() {
      return directory.resolve("repository").toString();
    }

    @Override
    public List<List<String>> begin() {
      return List.of(borg(directory, "init", "--encryption", "none", repository()));
    }

    @Override
    public List<List<String>> checkpoint(int point, Path file) {
      return List.of(
          borg(
              parent(file),
              "create",
              repository() + "::" + POINT + point,
              file.getFileName().toString()));
    }

    @Override
    public List<List<String>> restore(int point, Path target) {
      return List.of(borg(parent(target), "extract", repository() + "::" + POINT + point));
    }

    @Override
    public Path restored(Path target) {
      return target.resolveSibling(image.getFileName());
    }

    private static Path parent(Path file) {
      Path parent = file.toAbsolutePath().getParent();
      return parent == null ? file : parent;
    }
  }
}
