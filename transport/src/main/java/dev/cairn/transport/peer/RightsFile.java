package dev.cairn.transport.peer;

import dev.cairn.store.BadInputException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * The rights that {@code --auth FILE} gives: lines {@code NAME pull|send CHAIN-GLOB}. Read anew
 * when it changes; while it cannot be read, nobody but the server's own uid may do anything.
 * Thread-safe.
 */
public final class RightsFile implements Rights {
  private record Line(String name, Right right, String glob) {}

  private final WatchedFile<List<Line>> file;

  private RightsFile(WatchedFile<List<Line>> file) {
    this.file = file;
  }

  /**
   * Reads the file.
   *
   * @param warnings told when it can no longer be read
   * @throws BadInputException if it is not what it should be
   */
  public static RightsFile open(Path path, Consumer<String> warnings) throws IOException {
    WatchedFile<List<Line>> file =
        new WatchedFile<>(path, false, lines -> parse(path, lines), warnings);
    file.read();
    return new RightsFile(file);
  }

  private static List<Line> parse(Path path, List<WatchedFile.Line> lines)
      throws BadInputException {
    List<Line> parsed = new ArrayList<>();
    for (WatchedFile.Line line : lines) {
      List<String> words = line.words();
      if (words.size() != 3 || Right.ofText(words.get(1)).isEmpty()) {
        throw WatchedFile.bad(path, line, "NAME pull|send CHAIN-GLOB");
      }
      parsed.add(new Line(words.get(0), Right.ofText(words.get(1)).orElseThrow(), words.get(2)));
    }
    return parsed;
  }

  @Override
  public boolean may(Peer peer, Right right, String chain) {
    if (peer.standing() == Peer.Standing.OWN) {
      return true;
    }
    if (peer.name().isEmpty()) {
      return false;
    }
    for (Line line : file.current().orElse(List.of())) {
      if (line.name.equals(peer.name()) && line.right == right && Globs.matches(line.glob, chain)) {
        return true;
      }
    }
    return false;
  }
}
