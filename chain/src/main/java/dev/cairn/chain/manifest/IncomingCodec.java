package dev.cairn.chain.manifest;

import dev.cairn.store.CorruptFileException;
import dev.cairn.store.Id;
import dev.cairn.store.RefusedException;
import dev.cairn.store.StoreException;
import dev.cairn.store.Text;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.zip.CRC32C;

/** What is coming as text, and back. Specification: chain/FORMAT.md, A state that is coming. */
public final class IncomingCodec {
  static final String MAGIC = "cairn-incoming";

  private static final String VERSION = "1";
  private static final int CRC_LINE = "crc 00000000\n".length();

  /** Longest text without the manifest in it, in bytes: eight URIs, each byte as three. */
  private static final int MOST_HEAD_BYTES = 64 << 10;

  /** Longest text that is read, in bytes. */
  public static final int MOST_BYTES = ManifestCodec.MOST_BYTES + MOST_HEAD_BYTES;

  private IncomingCodec() {}

  /** Writes what is coming. */
  public static byte[] encode(IncomingState state) {
    StringBuilder t = new StringBuilder();
    line(t, MAGIC, VERSION);
    if (state.only()) {
      line(t, "only");
    }
    state.sources().forEach(s -> line(t, "source", Words.encode(s.token()), Words.encode(s.uri())));
    byte[] manifest = new byte[0];
    if (state.coming().isPresent()) {
      IncomingState.Coming coming = state.coming().get();
      manifest = ManifestCodec.encode(coming.manifest());
      line(t, "point", coming.point(), coming.checkpoint());
      line(t, "manifest", manifest.length);
    }
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    bytes.writeBytes(t.toString().getBytes(StandardCharsets.US_ASCII));
    bytes.writeBytes(manifest);
    bytes.writeBytes(crcLine(bytes.toByteArray()).getBytes(StandardCharsets.US_ASCII));
    return bytes.toByteArray();
  }

  private static void line(StringBuilder t, Object... words) {
    for (int i = 0; i < words.length; i++) {
      t.append(i == 0 ? "" : " ").append(words[i]);
    }
    t.append('\n');
  }

  private static String crcLine(byte[] body) {
    CRC32C crc = new CRC32C();
    crc.update(body);
    return "crc " + HexFormat.of().toHexDigits((int) crc.getValue()) + "\n";
  }

  /**
   * Reads what is coming. Whatever {@link #encode} would not have written is refused.
   *
   * @param file its path, for errors
   * @throws RefusedException if it was written by a newer Cairn
   * @throws CorruptFileException if it is nothing of that kind
   */
  public static IncomingState decode(String file, byte[] bytes) throws StoreException {
    if (bytes.length < CRC_LINE || bytes.length > MOST_BYTES) {
      throw new CorruptFileException(
          file, "length", 0, "from " + CRC_LINE + " to " + MOST_BYTES, bytes.length);
    }
    byte[] body = Arrays.copyOf(bytes, bytes.length - CRC_LINE);
    String found = new String(bytes, body.length, CRC_LINE, StandardCharsets.ISO_8859_1);
    String expected = crcLine(body);
    if (!found.equals(expected)) {
      throw new CorruptFileException(
          file, "CRC", body.length, expected.strip(), "another, or no such line");
    }
    IncomingState state = new Parser(file, body).state();
    int at = Arrays.mismatch(encode(state), bytes);
    if (at >= 0) {
      throw new CorruptFileException(file, "text", at, "as Cairn writes it", "something else");
    }
    return state;
  }

  /** Takes the text apart, line by line. Not thread-safe. */
  private static final class Parser {
    private final String file;
    private final byte[] body;
    private int at;

    Parser(String file, byte[] body) {
      this.file = file;
      this.body = body;
    }

    IncomingState state() throws StoreException {
      String version = take(MAGIC, 1)[1];
      if (!version.equals(VERSION)) {
        throw RefusedException.version(file, MAGIC.length() + 1, VERSION, version);
      }
      try {
        return fields();
      } catch (IllegalArgumentException e) {
        throw new CorruptFileException(
            file, "line", at, "as Cairn writes it", String.valueOf(e.getMessage()));
      }
    }

    private IncomingState fields() throws StoreException {
      boolean only = is("only\n");
      if (only) {
        take("only", 0);
      }
      List<IncomingState.Source> sources = new ArrayList<>();
      while (is("source ") && sources.size() <= IncomingState.MOST_SOURCES) {
        String[] source = take("source", 2);
        sources.add(new IncomingState.Source(Words.decode(source[1]), Words.decode(source[2])));
      }
      require(
          sources.size() <= IncomingState.MOST_SOURCES
              && sources.stream().allMatch(Parser::isSound)
              && sources.stream().map(IncomingState.Source::uri).distinct().count()
                  == sources.size(),
          "at most " + IncomingState.MOST_SOURCES + " sources, each once");
      Optional<IncomingState.Coming> coming = Optional.empty();
      if (is("point ")) {
        coming = Optional.of(coming());
      }
      require(at == body.length, "the end");
      return new IncomingState(only, sources, coming);
    }

    private static boolean isSound(IncomingState.Source source) {
      return ManifestRules.wrongToken(source.token()).isEmpty()
          && Text.isSound(source.uri(), 1, IncomingState.MOST_URI_BYTES);
    }

    private IncomingState.Coming coming() throws StoreException {
      String[] point = take("point", 2);
      int length = Integer.parseInt(take("manifest", 1)[1]);
      require(length == body.length - at, "the rest of the file as a manifest");
      Manifest manifest = ManifestCodec.decode(file, Arrays.copyOfRange(body, at, body.length));
      at = body.length;
      return new IncomingState.Coming(Long.parseLong(point[1]), Id.parse(point[2]), manifest);
    }

    private void require(boolean holds, String expected) throws CorruptFileException {
      if (!holds) {
        throw new CorruptFileException(file, "text", at, expected, "something else");
      }
    }

    private boolean is(String start) {
      byte[] wanted = start.getBytes(StandardCharsets.US_ASCII);
      int end = at + wanted.length;
      return end <= body.length && Arrays.equals(wanted, Arrays.copyOfRange(body, at, end));
    }

    /** Takes a line of a word and that many fields. */
    private String[] take(String word, int fields) throws CorruptFileException {
      int end = at;
      while (end < body.length && body[end] != '\n' && end - at <= MOST_HEAD_BYTES) {
        end++;
      }
      String line = new String(body, at, end - at, StandardCharsets.ISO_8859_1);
      String[] words = line.split(" ", fields + 2);
      require(
          end < body.length
              && body[end] == '\n'
              && words[0].equals(word)
              && words.length == fields + 1,
          "'" + word + "' and " + fields + " fields");
      at = end + 1;
      return words;
    }
  }
}
