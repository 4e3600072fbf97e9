package dev.cairn.transport.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Holds the tables of transport/PROTOCOL.md against the code. */
final class ProtocolSpecTest {
  private static final Pattern MARK = Pattern.compile("<!-- table: (.+) -->");

  /**
   * The types of fields, as the table of frames writes them; what a number says is in backquotes.
   */
  private static final Pattern FIELD =
      Pattern.compile("\\b(u16|u32|u64|i64|TEXT|ID|TOKEN|lines|stream)\\b");

  /** Tables of what is built on top of links or lies below them, and compared there. */
  private static final Set<String> ELSEWHERE = Set.of("pull states", "rdma-head", "rdma-kinds");

  private static Map<String, List<List<String>>> tables() throws IOException {
    Path spec =
        Stream.of("PROTOCOL.md", "transport/PROTOCOL.md", "../transport/PROTOCOL.md")
            .map(Path::of)
            .filter(Files::isRegularFile)
            .findFirst()
            .orElseThrow(() -> new AssertionError("no transport/PROTOCOL.md"));
    List<String> lines = Files.readAllLines(spec);
    Map<String, List<List<String>>> tables = new HashMap<>();
    for (int i = 0; i < lines.size(); i++) {
      Matcher mark = MARK.matcher(lines.get(i));
      if (mark.matches()) {
        List<List<String>> rows = new ArrayList<>();
        // After the mark: the column titles and the rule below them.
        for (int at = i + 3; at < lines.size() && lines.get(at).startsWith("|"); at++) {
          String row = lines.get(at).replace("\\|", "\0");
          List<String> cells = new ArrayList<>();
          for (String cell : row.substring(1).split("\\|", -1)) {
            cells.add(cell.strip().replace("\0", "|"));
          }
          rows.add(cells);
        }
        assertTrue(!rows.isEmpty(), mark.group(1));
        tables.put(mark.group(1), rows);
      }
    }
    return tables;
  }

  private static List<List<String>> table(String name) throws IOException {
    return Optional.ofNullable(tables().get(name))
        .orElseThrow(() -> new AssertionError("no table " + name));
  }

  @Test
  void everyTableIsCompared() throws IOException {
    Set<String> compared = new HashSet<>(ELSEWHERE);
    compared.addAll(List.of("preamble", "frame", "frames", "errors", "hello"));
    assertEquals(compared, tables().keySet());
  }

  @Test
  void thePreambleLiesAsTheTableSays() throws IOException {
    List<List<String>> rows = table("preamble");
    ByteBuffer out = ByteBuffer.allocate(Preamble.BYTES);
    Preamble.put(out, new VersionRange(3, 9));
    byte[] magic = HexFormat.ofDelimiter(" ").parseHex(rows.get(0).get(3).replace("`", ""));
    assertEquals(
        HexFormat.of().formatHex(magic), HexFormat.of().formatHex(out.array(), 0, magic.length));
    assertEquals(List.of(Preamble.MAGIC_AT, Preamble.NEWEST_AT, Preamble.OLDEST_AT), offsets(rows));
    assertEquals(Preamble.BYTES, end(rows));
    assertEquals(9, out.array()[Preamble.NEWEST_AT]);
    assertEquals(3, out.array()[Preamble.OLDEST_AT]);
  }

  private static List<Integer> offsets(List<List<String>> rows) {
    return rows.stream().map(row -> Integer.parseInt(row.get(0))).toList();
  }

  private static int end(List<List<String>> rows) {
    int end = 0;
    for (List<String> row : rows) {
      assertEquals(end, Integer.parseInt(row.get(0)));
      end += Integer.parseInt(row.get(1));
    }
    return end;
  }

  @Test
  void theFrameHeaderLiesAsTheTableSays() throws IOException {
    List<List<String>> rows = table("frame");
    assertEquals(
        List.of(
            FrameHeader.LENGTH_AT,
            FrameHeader.TYPE_AT,
            FrameHeader.FLAGS_AT,
            FrameHeader.REQUEST_AT,
            FrameHeader.CRC_AT),
        offsets(rows));
    assertEquals(FrameHeader.BYTES, end(rows));
    String most = String.format(Locale.ROOT, "at most %,d", FrameHeader.MOST_PAYLOAD);
    assertTrue(rows.getFirst().get(3).contains(most), most);
    assertTrue(rows.get(2).get(3).startsWith(FrameHeader.MORE + ": more frames"));
  }

  @Test
  void framesHaveTheNumbersPlacesAndSendersOfTheTable() throws IOException {
    List<String> table = new ArrayList<>();
    for (List<String> row : table("frames")) {
      table.add(String.join(" | ", row.subList(0, 4)));
    }
    List<String> code = new ArrayList<>();
    for (FrameType type : FrameType.values()) {
      String place =
          type.place() == FrameType.Place.NOT_CONTROL
              ? "urgent, data"
              : type.place().name().toLowerCase(Locale.ROOT);
      code.add(
          "%d | %s | %s | %s"
              .formatted(type.number(), type, place, type.who().name().toLowerCase(Locale.ROOT)));
    }
    assertEquals(String.join("\n", table), String.join("\n", code));
  }

  @Test
  void payloadsHaveTheFieldsOfTheTable() throws IOException {
    Map<String, String> payloads = new HashMap<>();
    table("frames").forEach(row -> payloads.put(row.get(1), row.get(4)));
    for (Message message : Samples.all()) {
      FrameType type = FrameType.of(message);
      String says = payloads.getOrDefault(type.name(), "");
      ByteBuffer frame = ByteBuffer.wrap(Samples.frame(message)).order(ByteOrder.LITTLE_ENDIAN);
      frame.position(FrameHeader.BYTES);
      walk(type == FrameType.PONG ? payloads.getOrDefault("PING", "") : says, type, frame);
    }
  }

  /** Walks over a payload as the table says: it ends where the fields end. */
  private static void walk(String says, FrameType type, ByteBuffer in) {
    int entries = 0;
    boolean ended = false;
    for (Matcher field = FIELD.matcher(says.replaceAll("\\(u32 kind, u32 crc\\)", ""));
        field.find(); ) {
      switch (field.group(1)) {
        case "u16" -> {
          int value = Short.toUnsignedInt(in.getShort());
          entries = type == FrameType.PAGES_ARE && entries == 0 ? value : entries;
        }
        case "u32" -> in.getInt();
        case "u64", "i64" -> in.getLong();
        case "ID" -> in.position(in.position() + 16);
        case "TEXT", "TOKEN" -> {
          int length = Short.toUnsignedInt(in.getShort());
          byte[] text = new byte[length];
          in.get(text);
          assertTrue(new String(text, StandardCharsets.UTF_8).length() <= length);
        }
        case "lines", "stream" -> ended = true;
        default -> throw new AssertionError(field.group(1));
      }
    }
    assertEquals(ended && type != FrameType.HELLO && type != FrameType.WELCOME, type.hasStream());
    if (type == FrameType.PAGES_ARE) {
      in.position(in.position() + entries * PageEntries.BYTES);
      assertEquals(0, in.remaining(), "sample without pages");
    } else if (!ended) {
      assertEquals(0, in.remaining(), type::toString);
    }
  }

  @Test
  void errorsHaveTheNumbersOfTheTable() throws IOException {
    assertEquals(
        table("errors").stream().map(row -> Integer.parseInt(row.get(0))).toList(),
        Stream.of(ErrorCode.values()).map(ErrorCode::number).toList());
  }

  @Test
  void greetingsHaveTheLinesOfTheTable() throws IOException {
    Set<String> names = new HashSet<>();
    Set<String> ofHello = new HashSet<>();
    Set<String> ofWelcome = new HashSet<>();
    for (List<String> row : table("hello")) {
      String name = row.get(0).replace("`", "").split(" ", -1)[0];
      assertTrue(names.add(name), name);
      String of = row.get(1);
      if (of.contains("HELLO") || of.equals("both")) {
        ofHello.add(name);
      }
      if (of.contains("WELCOME") || of.equals("both")) {
        ofWelcome.add(name);
      }
    }
    assertEquals(GreetingLines.KNOWN, names);
    Hello pull = (Hello) Samples.all().get(0);
    Hello data =
        new Hello(Role.SEND, LinkKind.DATA, Optional.of("t"), pull.abilities(), Optional.empty());
    Set<String> written = written(GreetingText.write(pull));
    written.addAll(written(GreetingText.write(data)));
    assertEquals(ofHello, written);
    assertEquals(ofWelcome, written(GreetingText.write((Welcome) Samples.all().get(1))));
  }

  private static Set<String> written(byte[] greeting) {
    Set<String> names = new HashSet<>();
    for (String line : new String(greeting, StandardCharsets.UTF_8).lines().toList()) {
      names.add(line.split(" ", -1)[0]);
    }
    return names;
  }

  @Test
  void rolesAndKindsAreTheWordsOfTheTable() throws IOException {
    String text = table("hello").toString();
    for (Role role : Role.values()) {
      assertTrue(text.contains(role.text()));
    }
    for (LinkKind kind : LinkKind.values()) {
      assertTrue(text.contains(kind.text()));
    }
  }
}
