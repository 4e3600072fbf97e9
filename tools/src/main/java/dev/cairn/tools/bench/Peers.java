package dev.cairn.tools.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** Which other programs can be measured beside Cairn, and what each of them needs. */
public final class Peers {
  /** The word for all of them. */
  public static final String ALL = "all";

  private static final String QCOW2 = "qcow2";
  private static final String RESTIC = "restic";
  private static final String BORG = "borg";

  private Peers() {}

  /** Returns their names. */
  public static List<String> names() {
    return List.of(QCOW2, RESTIC, BORG, ReflinkPeer.NAME, RocksPeer.NAME);
  }

  /** Tells what is missing for one to be measured; empty if nothing is. */
  static Optional<String> missing(String name) throws IOException {
    return switch (name) {
      case QCOW2 -> missingProgram("qemu-img", "qemu-utils");
      case RESTIC -> missingProgram("restic", "restic");
      case BORG -> missingProgram("borg", "borgbackup");
      case RocksPeer.NAME -> Optional.empty();
      case ReflinkPeer.NAME -> missingForMount();
      default -> throw new IllegalArgumentException(name);
    };
  }

  private static Optional<String> missingProgram(String program, String packageName) {
    return Children.has(program)
        ? Optional.empty()
        : Optional.of("absent: no " + program + " (package " + packageName + ")");
  }

  private static Optional<String> missingForMount() throws IOException {
    if (!Files.getAttribute(Path.of("/proc/self"), "unix:uid").equals(0)) {
      return Optional.of("absent: a mount of its own takes root");
    }
    if (!Files.exists(Path.of("/dev/loop-control"))) {
      return Optional.of("absent: no loop devices here");
    }
    if (!Children.has("unshare")) {
      return missingProgram("unshare", "util-linux");
    }
    return missingProgram("mkfs.btrfs", "btrfs-progs");
  }

  /**
   * Makes one whose parts are there. The caller closes it.
   *
   * @param mostBytes that all points take together
   */
  static Peer create(String name, Workbench bench, Path image, long mostBytes) throws IOException {
    if (name.equals(ReflinkPeer.NAME)) {
      return ReflinkPeer.create(bench, mostBytes);
    }
    Path directory = Files.createDirectory(bench.file(name));
    return switch (name) {
      case QCOW2 -> command(bench, name, directory, new PeerCommands.Qcow2Commands(directory));
      case RESTIC ->
          command(bench, name, directory, new PeerCommands.ResticCommands(directory, image));
      case BORG -> command(bench, name, directory, new PeerCommands.BorgCommands(directory, image));
      case RocksPeer.NAME -> RocksPeer.create(directory);
      default -> throw new IllegalArgumentException(name);
    };
  }

  /** Makes what of Cairn others are held against. The caller closes it. */
  static Peer cairn(Workbench bench, Peer.Way way) throws IOException {
    if (way != Peer.Way.COMMAND) {
      return CairnPeer.create(bench, way);
    }
    Path store = bench.file("cairn");
    return command(bench, way.text(), store, new PeerCommands.CairnCommands(store));
  }

  private static Peer command(
      Workbench bench, String name, Path directory, CommandPeer.Commands commands) {
    Path log = bench.file(directory.getFileName() + ".log");
    return new CommandPeer(name, directory, log, commands);
  }
}
