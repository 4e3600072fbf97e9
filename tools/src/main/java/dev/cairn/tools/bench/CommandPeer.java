package dev.cairn.tools.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** A program that keeps points by a command each, and restores them by another. Not thread-safe. */
final class CommandPeer implements Peer {
  /** What one program's commands are. Commands run one after the other. */
  interface Commands {
    /** Returns those that come before the first point. */
    List<List<String>> begin();

    /** Returns those that keep the image as a point. */
    List<List<String>> checkpoint(int point, Path image);

    /** Returns those that write a point where {@link #restored} says. */
    List<List<String>> restore(int point, Path target);

    /**
     * Returns what of it has to be synced for a point to be durable, as the program does not.
     *
     * @param point that has just been written
     */
    default List<Path> unsynced(int point) {
      return List.of();
    }

    /** Returns where the file is that a restore made. */
    default Path restored(Path target) {
      return target;
    }
  }

  private final String name;
  private final Path directory;
  private final Path log;
  private final Commands commands;

  /**
   * @param directory of all that it stores, there already
   */
  CommandPeer(String name, Path directory, Path log, Commands commands) {
    this.name = name;
    this.directory = directory;
    this.log = log;
    this.commands = commands;
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public Way checkpointWay() {
    return Way.COMMAND;
  }

  @Override
  public Way restoreWay() {
    return Way.COMMAND;
  }

  @Override
  public void checkpoint(int point, ChangingImage image, long[] pages) throws IOException {
    if (point == 0) {
      run(commands.begin());
    }
    run(commands.checkpoint(point, image.path()));
    for (Path file : commands.unsynced(point)) {
      DiskUse.sync(file);
    }
  }

  @Override
  public void restore(int point, Path target) throws IOException {
    run(commands.restore(point, target));
  }

  @Override
  public Path restored(Path target) {
    return commands.restored(target);
  }

  private void run(List<List<String>> all) throws IOException {
    for (List<String> command : all) {
      Children.run(log, command);
    }
  }

  @Override
  public long storedBytes() throws IOException {
    return DiskUse.bytes(directory);
  }

  @Override
  public void close() {}
}
