package dev.cairn.tools.resume;

import dev.cairn.store.RamBlock;
import dev.cairn.store.RamLayout;
import dev.cairn.store.RefusedException;
import dev.cairn.tools.qmp.Qmp;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** The RAM blocks of a destination, as its monitor tells them. Immutable. */
final class DestinationBlocks {
  /**
   * One of them.
   *
   * @param used length in bytes
   * @param most that it can grow to
   */
  record Block(long used, long most, int hostPageSize) {}

  // Block Name    PSize              Offset               Used              Total    HVA  RO
  private static final Pattern LINE =
      Pattern.compile(
          "\\s*(\\S.*?)\\s+([0-9]{1,4}) ([KMG])iB\\s+0x[0-9a-f]+"
              + "\\s+0x0*([0-9a-f]{1,15})\\s+0x0*([0-9a-f]{1,15})\\s.*");

  private final Map<String, Block> blocks;

  private DestinationBlocks(Map<String, Block> blocks) {
    this.blocks = blocks;
  }

  static DestinationBlocks of(Qmp qmp, Duration patience) throws IOException {
    return parse(
        qmp.execute("human-monitor-command", Map.of("command-line", "info ramblock"), patience)
            .asText());
  }

  /** Understands what the command {@code info ramblock} prints. */
  static DestinationBlocks parse(String text) {
    Map<String, Block> blocks = new LinkedHashMap<>();
    for (String line : text.lines().toList()) {
      Matcher matcher = LINE.matcher(line);
      if (matcher.matches()) {
        int unit = 10 * ("KMG".indexOf(matcher.group(3)) + 1);
        long pageSize = Long.parseLong(matcher.group(2)) << unit;
        blocks.put(
            matcher.group(1),
            new Block(
                Long.parseLong(matcher.group(4), 16),
                Long.parseLong(matcher.group(5), 16),
                Math.clamp(pageSize, 1, 1 << 30)));
      }
    }
    return new DestinationBlocks(blocks);
  }

  /**
   * Returns what differs from a point's layout: a line for each, with both values. A block that can
   * grow is resized by QEMU as the stream says.
   */
  List<String> differences(RamLayout layout) {
    List<String> found = new ArrayList<>();
    for (RamBlock ram : layout.blocks()) {
      Block there = blocks.get(ram.name());
      if (there == null) {
        found.add(text("RAM block " + ram.name(), ram.length() + " bytes", "no such block"));
      } else if (ram.length() > there.most
          || (ram.length() != there.used && there.used == there.most)) {
        found.add(
            text("length of RAM block " + ram.name(), ram.length(), Long.toString(there.used)));
      }
    }
    for (Map.Entry<String, Block> entry : blocks.entrySet()) {
      if (layout.find(entry.getKey()).isEmpty()) {
        found.add(
            text("RAM block " + entry.getKey(), "no such block", entry.getValue().used + " bytes"));
      }
    }
    return found;
  }

  private static String text(String what, Object point, String destination) {
    return what + ": expected " + point + " as in the point, found " + destination;
  }

  /** Returns the layout with the host page sizes of this destination: it places pages by them. */
  RamLayout withHostPages(RamLayout layout) throws RefusedException {
    List<RamBlock> adapted = new ArrayList<>();
    for (RamBlock ram : layout.blocks()) {
      Block there = blocks.get(ram.name());
      int size = there == null ? ram.hostPageSize() : there.hostPageSize;
      if (Integer.bitCount(size) != 1 || size < layout.pageSize() || ram.length() % size != 0) {
        throw new RefusedException(
            "host page size of RAM block %s: expected a part of its %d bytes, found %d; start the destination with another memory backend"
                .formatted(ram.name(), ram.length(), size));
      }
      adapted.add(new RamBlock(ram.name(), ram.length(), size));
    }
    return new RamLayout(layout.pageSize(), adapted);
  }

  @Override
  public String toString() {
    return blocks.entrySet().stream()
        .map(e -> e.getKey() + "=" + e.getValue())
        .collect(Collectors.joining(", "));
  }
}
