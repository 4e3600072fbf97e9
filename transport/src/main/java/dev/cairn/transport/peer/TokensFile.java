package dev.cairn.transport.peer;

import dev.cairn.store.BadInputException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * The tokens that a file holds: {@code --tokens FILE} of a server, lines {@code NAME SECRET}, read
 * anew when it changes; while it cannot be read, nobody is known by a token. Thread-safe.
 */
public final class TokensFile implements PeerTokens {
  /** A secret that is shorter can be guessed. */
  private static final int LEAST_SECRET = 16;

  private static final int MOST_NAME = 255;

  private final WatchedFile<Map<String, String>> file;

  private TokensFile(WatchedFile<Map<String, String>> file) {
    this.file = file;
  }

  /**
   * Reads the file of a server.
   *
   * @param warnings told when it can no longer be read
   * @throws BadInputException if it is not what it should be, or others than its owner can read it
   */
  public static TokensFile open(Path path, Consumer<String> warnings) throws IOException {
    WatchedFile<Map<String, String>> file = file(path, warnings);
    file.read();
    return new TokensFile(file);
  }

  /**
   * Reads the file of a client, {@code --token FILE}: one such line.
   *
   * @throws BadInputException as {@link #open}
   */
  public static NamedToken readOne(Path path) throws IOException {
    Map<String, String> all = file(path, _ -> {}).read();
    if (all.size() != 1) {
      throw new BadInputException(path + ": expected one line NAME SECRET, found " + all.size());
    }
    Map.Entry<String, String> one = all.entrySet().iterator().next();
    return new NamedToken(one.getKey(), one.getValue().getBytes(StandardCharsets.UTF_8));
  }

  private static WatchedFile<Map<String, String>> file(Path path, Consumer<String> warnings) {
    return new WatchedFile<>(path, true, lines -> parse(path, lines), warnings);
  }

  private static Map<String, String> parse(Path path, List<WatchedFile.Line> lines)
      throws BadInputException {
    Map<String, String> tokens = new HashMap<>();
    for (WatchedFile.Line line : lines) {
      List<String> words = line.words();
      if (words.size() != 2) {
        throw WatchedFile.bad(path, line, "NAME SECRET");
      }
      String name = words.get(0);
      boolean sound =
          name.getBytes(StandardCharsets.UTF_8).length <= MOST_NAME && name.indexOf(':') < 0;
      if (!sound || words.get(1).length() < LEAST_SECRET) {
        throw WatchedFile.bad(
            path,
            line,
            "a name of at most %d bytes without ':', and a secret of at least %d characters"
                .formatted(MOST_NAME, LEAST_SECRET));
      }
      if (tokens.put(name, words.get(1)) != null) {
        throw WatchedFile.bad(path, line, "one line of each name");
      }
    }
    return tokens;
  }

  @Override
  public Optional<byte[]> of(String name) {
    return file.current()
        .flatMap(tokens -> Optional.ofNullable(tokens.get(name)))
        .map(secret -> secret.getBytes(StandardCharsets.UTF_8));
  }
}
