package dev.cairn.chain.manifest;

import dev.cairn.chain.manifest.FileEntry.Role;
import dev.cairn.store.CorruptFileException;
import dev.cairn.store.Id;
import dev.cairn.store.RefusedException;
import dev.cairn.store.StoreException;
import dev.cairn.store.file.FileKind;
import dev.cairn.store.file.FileName;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.CRC32C;

/** A manifest as text, and back. Specification: chain/FORMAT.md, Manifest. */
public final class ManifestCodec {
  /** The first word of a manifest. */
  static final String MAGIC = "cairn-manifest";

  private static final String VERSION = "1";
  private static final Pattern VERSION_LINE = Pattern.compile(MAGIC + " ([0-9]{1,9})\n");
  private static final int CRC_LINE = "crc 00000000\n".length();

  /** How lines of later versions begin: those that may be passed over, and those that may not. */
  private static final String OPTIONAL = "x-";

  private static final String REQUIRED = "X-";

  /** Longest manifest that is read, in bytes. */
  public static final int MOST_BYTES = 64 << 20;

  /** Longest part of a wrong line that an error quotes, in characters. */
  private static final int MOST_QUOTED = 200;

  private ManifestCodec() {}

  /** Writes a manifest. */
  public static byte[] encode(Manifest m) {
    StringBuilder t = new StringBuilder();
    line(t, MAGIC, VERSION);
    line(t, "chain", m.identity().chain());
    m.identity().origin().ifPresent(o -> line(t, "parent", o.chain(), o.checkpoint()));
    line(t, "generation", m.generation());
    line(t, "next", m.next());
    line(t, "pagesize", m.pageSize());
    m.tip().ifPresent(tip -> line(t, "tip", tip.number(), tip.id()));
    for (int i = 0; i < m.blocks().size(); i++) {
      line(t, "block", i, Words.encode(m.blocks().get(i)));
    }
    for (FileEntry f : m.files()) {
      line(t, "file", fields(f));
    }
    for (PointSet.Range r : m.marks().forgotten().ranges()) {
      line(t, "forgotten", r.from(), r.to());
    }
    m.marks().labels().forEach((point, label) -> line(t, "label", point, Words.encode(label)));
    m.marks().pins().forEach(pin -> line(t, "pin", pin));
    for (Hold h : m.marks().holds()) {
      line(
          t,
          "hold",
          Words.encode(h.token()),
          h.generation(),
          h.point(),
          h.time(),
          Words.encode(h.owner()));
    }
    for (Dropped d : m.marks().dropped()) {
      line(t, "dropped", fields(d.file()), d.generation());
    }
    for (String optional : m.optional()) {
      line(t, optional);
    }
    line(t, "ingested", m.ingested());
    line(t, "written", m.written());
    byte[] body = t.toString().getBytes(StandardCharsets.US_ASCII);
    line(t, "crc", HexFormat.of().toHexDigits(crc(body, body.length)));
    return t.toString().getBytes(StandardCharsets.US_ASCII);
  }

  /** Returns the fields of a file's line, as one word of several. */
  private static String fields(FileEntry f) {
    FileName name = f.name();
    StringBuilder t = new StringBuilder();
    line(
        t,
        f.role().word(),
        name.first(),
        name.last(),
        HexFormat.of().toHexDigits(name.fileId()),
        name.kind().suffix(),
        f.through(),
        f.role() == Role.DATA ? "-" : f.throughId(),
        f.born(),
        f.length(),
        f.sha());
    return t.substring(0, t.length() - 1);
  }

  private static void line(StringBuilder t, Object... words) {
    for (int i = 0; i < words.length; i++) {
      t.append(i == 0 ? "" : " ").append(words[i]);
    }
    t.append('\n');
  }

  private static int crc(byte[] bytes, int length) {
    CRC32C crc = new CRC32C();
    crc.update(bytes, 0, length);
    return (int) crc.getValue();
  }

  /**
   * Reads a manifest. Whatever {@link #encode} would not have written is refused.
   *
   * @param file its path, for errors
   * @throws RefusedException if it was written by a newer Cairn
   * @throws CorruptFileException if it is not a manifest
   */
  public static Manifest decode(String file, byte[] bytes) throws StoreException {
    int bodyLength = bytes.length - CRC_LINE;
    if (bodyLength < 0) {
      throw new CorruptFileException(file, "length", 0, "≥ " + CRC_LINE, bytes.length);
    }
    if (bytes.length > MOST_BYTES) {
      throw new CorruptFileException(file, "length", 0, "≤ " + MOST_BYTES, bytes.length);
    }
    requireVersion(file, bytes);
    String crcLine = new String(bytes, bodyLength, CRC_LINE, StandardCharsets.ISO_8859_1);
    String expected = "crc " + HexFormat.of().toHexDigits(crc(bytes, bodyLength)) + "\n";
    if (!crcLine.equals(expected)) {
      // Rot and a cut leave other bytes here, which must not command a terminal or break the line.
      String found = crcLine.matches("crc [0-9a-f]{8}\n") ? crcLine.strip() : "no such line";
      throw new CorruptFileException(file, "CRC", bodyLength, expected.strip(), found);
    }
    Parser parser = new Parser(file, new String(bytes, 0, bodyLength, StandardCharsets.ISO_8859_1));
    Manifest m = parser.manifest();
    byte[] again = encode(m);
    int at = Arrays.mismatch(again, bytes);
    if (at >= 0) {
      throw new CorruptFileException(file, "text", at, "as Cairn writes it", "something else");
    }
    Optional<String> broken = ManifestRules.broken(m);
    if (broken.isPresent()) {
      throw new CorruptFileException(file, "content", 0, "that " + broken.get(), "otherwise");
    }
    return m;
  }

  /**
   * Of a newer version only the first line is known. A rotten one is told from it by the checksum:
   * that would hold with ours.
   */
  private static void requireVersion(String file, byte[] bytes) throws StoreException {
    int start = MAGIC.length() + 1;
    String head = new String(bytes, 0, Math.min(bytes.length, 64), StandardCharsets.ISO_8859_1);
    Matcher line = VERSION_LINE.matcher(head);
    if (!line.lookingAt() || line.group(1).equals(VERSION)) {
      return;
    }
    CRC32C crc = new CRC32C();
    crc.update((MAGIC + " " + VERSION).getBytes(StandardCharsets.US_ASCII));
    crc.update(bytes, line.end(1), Math.max(0, bytes.length - CRC_LINE - line.end(1)));
    String ours = "crc " + HexFormat.of().toHexDigits((int) crc.getValue()) + "\n";
    int end = bytes.length - CRC_LINE;
    if (ours.equals(new String(bytes, end, CRC_LINE, StandardCharsets.ISO_8859_1))) {
      throw new CorruptFileException(file, "version", start, VERSION, line.group(1));
    }
    throw RefusedException.version(file, start, VERSION, line.group(1));
  }

  /** Takes the text apart, line by line. Not thread-safe. */
  private static final class Parser {
    private final String file;
    private final String text;

    /** Where the line that was taken last begins, and its number from 1. */
    private int lineAt;

    private int line;

    /** Where the next line begins. */
    private int at;

    Parser(String file, String text) {
      this.file = file;
      this.text = text;
    }

    Manifest manifest() throws StoreException {
      String version = take(MAGIC, 1)[1];
      if (!version.equals(VERSION)) {
        throw new CorruptFileException(file, "version", MAGIC.length() + 1, VERSION, "another");
      }
      try {
        return fields();
      } catch (IllegalArgumentException | DateTimeException e) {
        throw new CorruptFileException(
            file,
            "line " + line,
            lineAt,
            "a manifest's line",
            quoted(String.valueOf(e.getMessage())));
      }
    }

    private Manifest fields() throws StoreException {
      Id chain = Id.parse(take("chain", 1)[1]);
      Optional<Manifest.Origin> origin = Optional.empty();
      if (is("parent")) {
        String[] w = take("parent", 2);
        origin = Optional.of(new Manifest.Origin(Id.parse(w[1]), Id.parse(w[2])));
      }
      long generation = Long.parseLong(take("generation", 1)[1]);
      long next = Long.parseLong(take("next", 1)[1]);
      int pageSize = Integer.parseInt(take("pagesize", 1)[1]);
      Optional<Manifest.Tip> tip = Optional.empty();
      if (is("tip")) {
        String[] w = take("tip", 2);
        tip = Optional.of(new Manifest.Tip(Long.parseLong(w[1]), Id.parse(w[2])));
      }
      List<String> blocks = new ArrayList<>();
      while (is("block")) {
        blocks.add(Words.decode(take("block", 2)[2]));
      }
      List<FileEntry> files = new ArrayList<>();
      while (is("file")) {
        refusePartial();
        files.add(entry(take("file", 10)));
      }
      Manifest.Marks marks = marks();
      List<String> optional = optional();
      long ingested = Long.parseLong(take("ingested", 1)[1]);
      long written = Long.parseLong(take("written", 1)[1]);
      refuseRequired();
      return new Manifest(
          new Manifest.Identity(chain, origin, pageSize),
          generation,
          next,
          tip,
          blocks,
          files,
          marks,
          ingested,
          written,
          optional);
    }

    private Manifest.Marks marks() throws StoreException {
      List<PointSet.Range> forgotten = new ArrayList<>();
      while (is("forgotten")) {
        String[] w = take("forgotten", 2);
        forgotten.add(new PointSet.Range(Long.parseLong(w[1]), Long.parseLong(w[2])));
      }
      SortedMap<Long, String> labels = new TreeMap<>();
      while (is("label")) {
        String[] w = take("label", 2);
        labels.put(Long.valueOf(w[1]), Words.decode(w[2]));
      }
      SortedSet<Long> pins = new TreeSet<>();
      while (is("pin")) {
        pins.add(Long.valueOf(take("pin", 1)[1]));
      }
      List<Hold> holds = new ArrayList<>();
      while (is("hold")) {
        String[] w = take("hold", 5);
        holds.add(
            new Hold(
                Words.decode(w[1]),
                Long.parseLong(w[2]),
                Long.parseLong(w[3]),
                Instant.parse(w[4]),
                Words.decode(w[5])));
      }
      List<Dropped> dropped = new ArrayList<>();
      while (is("dropped")) {
        String[] w = take("dropped", 11);
        dropped.add(new Dropped(entry(w), Long.parseLong(w[11])));
      }
      return new Manifest.Marks(PointSet.of(forgotten), labels, pins, holds, dropped);
    }

    /** What a later Cairn wrote and this one need not understand; the rules bound it. */
    private List<String> optional() {
      List<String> lines = new ArrayList<>();
      while (text.startsWith(OPTIONAL, at) && lines.size() <= ManifestRules.MOST_OPTIONAL) {
        int newline = text.indexOf('\n', at);
        int end = newline < 0 ? text.length() : newline;
        lineAt = at;
        line++;
        lines.add(text.substring(at, Math.min(end, at + ManifestRules.MOST_OPTIONAL_BYTES + 1)));
        at = Math.min(end + 1, text.length());
      }
      return lines;
    }

    private static FileEntry entry(String[] w) {
      Role role =
          switch (w[1]) {
            case "base" -> Role.BASE;
            case "layer" -> Role.LAYER;
            case "data" -> Role.DATA;
            default -> throw new IllegalArgumentException("role " + w[1]);
          };
      FileKind kind =
          FileKind.ofSuffix(w[5]).orElseThrow(() -> new IllegalArgumentException("kind " + w[5]));
      FileName name =
          new FileName(
              kind, Long.parseLong(w[2]), Long.parseLong(w[3]), Long.parseUnsignedLong(w[4], 16));
      return new FileEntry(
          role,
          name,
          Long.parseLong(w[6]),
          role == Role.DATA && w[7].equals("-") ? Id.NONE : Id.parse(w[7]),
          Long.parseLong(w[8]),
          Long.parseLong(w[9]),
          w[10]);
    }

    /** The word is kept for files that are still being received; this code cannot finish them. */
    private void refusePartial() throws RefusedException {
      int newline = text.indexOf('\n', at);
      if (newline >= 0 && text.startsWith(" partial", newline - " partial".length())) {
        throw new RefusedException(
            file + ": names files that are still being received; this Cairn cannot finish them");
      }
    }

    /** Wherever it stands: a later Cairn wrote it, and says that it must be understood. */
    private void refuseRequired() throws RefusedException {
      if (text.startsWith(REQUIRED, at)) {
        int newline = text.indexOf('\n', at);
        int end = Math.min(newline < 0 ? text.length() : newline, at + MOST_QUOTED + 1);
        throw new RefusedException(
            file
                + ": line "
                + (line + 1)
                + " at offset "
                + at
                + ": expected a line that this Cairn knows, found '"
                + quoted(text.substring(at, end))
                + "'; use a newer Cairn");
      }
    }

    private boolean is(String word) {
      return text.startsWith(word + " ", at);
    }

    /** Takes a line of a word and that many fields. */
    private String[] take(String word, int fields) throws StoreException {
      refuseRequired();
      int newline = text.indexOf('\n', at);
      int end = newline < 0 ? text.length() : newline;
      // One more than there may be: a line of blanks is not taken apart into millions of words.
      String[] words = text.substring(at, end).split(" ", fields + 2);
      lineAt = at;
      line++;
      if (newline < 0 || !words[0].equals(word) || words.length != fields + 1) {
        throw new CorruptFileException(
            file,
            "line " + line,
            lineAt,
            "'" + word + "' and " + fields + " fields",
            quoted(text.substring(lineAt, Math.min(end, lineAt + MOST_QUOTED + 1))));
      }
      at = newline + 1;
      return words;
    }

    private static String quoted(String what) {
      return what.length() > MOST_QUOTED ? what.substring(0, MOST_QUOTED) + "…" : what;
    }
  }
}
