package dev.cairn.tools.migration;

import dev.cairn.store.DeviceSection;
import dev.cairn.store.DeviceState;
import dev.cairn.store.RamBlock;
import dev.cairn.store.RamLayout;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * Reads a migration stream as its destination does, and refuses what tools/QEMU.md says is refused.
 * Its memory does not depend on what the stream announces. Not thread-safe.
 *
 * <p>Order of calls: {@link #readHead}, {@link #readRam}, {@link #readState}; then, of a stream
 * that takes checkpoints, {@link #readColoMessage}, {@link #readDirty} and {@link #readDevices} as
 * its messages say.
 */
public final class StreamReader {
  /** Section of the machine type and other configuration, without the capabilities subsection. */
  public static final String CONFIGURATION = "qemu-configuration";

  /** Section of the device sections, from the first one to the closing EOF byte. */
  public static final String DEVICES = "qemu-devices";

  /** Section of the JSON that describes the devices' fields. */
  public static final String DESCRIPTION = "qemu-vmdesc";

  /** The sections that {@link #readState} makes. */
  public static final Set<String> STATE = Set.of(CONFIGURATION, DEVICES, DESCRIPTION);

  /** Longest device state unless told otherwise, its description included, bytes. */
  public static final long MOST_STATE_BYTES = DeviceState.MAX_BYTES;

  private final StreamInput in;
  private final StreamCommands commands;
  private final int mostStateBytes;
  private final StreamGrammar grammar;
  private final SeenPages seen = new SeenPages(ThreadLocalRandom.current().nextLong());
  private final MemorySegment content = MemorySegment.ofArray(new byte[StreamWords.PAGE]);
  private final Map<String, Integer> ordinals = new HashMap<>();
  private byte[] configuration = new byte[0];
  private Set<String> capabilities = Set.of();
  private @Nullable RamLayout layout;
  private long[] lengths = new long[0];

  /** The next element's type, if it was read already, or -1. */
  private int pending = -1;

  /** Block of the record before, or -1. */
  private int block = -1;

  public StreamReader(StreamInput in, StreamCommands commands) {
    this(in, commands, MOST_STATE_BYTES);
  }

  /**
   * Makes a reader.
   *
   * @param mostStateBytes longest device state, its description included; at most 1 GiB
   */
  public StreamReader(StreamInput in, StreamCommands commands, long mostStateBytes) {
    if (mostStateBytes < 1 || mostStateBytes > MOST_STATE_BYTES) {
      throw new IllegalArgumentException("device state of at most " + mostStateBytes + " bytes");
    }
    this.in = in;
    this.commands = commands;
    this.mostStateBytes = (int) mostStateBytes;
    this.grammar = new StreamGrammar(in);
  }

  /** Reads magic, version and configuration. */
  public void readHead() throws IOException {
    StreamGrammar.Configuration read = grammar.head();
    for (String capability : read.capabilities()) {
      if (!capability.equals(StreamWords.IGNORE_SHARED)) {
        throw in.refused(
            "capability", in.position(), "none but " + StreamWords.IGNORE_SHARED, capability);
      }
    }
    configuration = read.kept();
    capabilities = Set.copyOf(read.capabilities());
    pending = read.next();
  }

  /** Tells whether memory in shared files is left out of the stream: x-ignore-shared is on. */
  public boolean ignoresShared() {
    return capabilities.contains(StreamWords.IGNORE_SHARED);
  }

  /** Reads from the block table to the end of the RAM section. The guest is paused then. */
  public void readRam(RamSink ram) throws IOException {
    while (true) {
      int type = element();
      switch (type) {
        case StreamWords.SECTION_START -> {
          grammar.ramStart(layout != null);
          body(ram);
          if (layout == null) {
            throw in.bad("ram section", in.position(), "a block table", "none");
          }
        }
        case StreamWords.SECTION_PART, StreamWords.SECTION_END -> {
          grammar.ramId();
          if (type == StreamWords.SECTION_END) {
            ram.paused();
          }
          body(ram);
          if (type == StreamWords.SECTION_END) {
            return;
          }
        }
        case StreamWords.COMMAND -> command();
        default -> throw unexpected("the ram section or its end", type);
      }
    }
  }

  /** Reads the next element's type. */
  private int element() throws IOException {
    int type = pending >= 0 ? pending : in.u8("element of the stream");
    pending = -1;
    return type;
  }

  /** Makes the error that an element is not expected here; its type was just read. */
  private IOException unexpected(String expected, int type) throws IOException {
    long at = in.position() - 1;
    return switch (type) {
      case StreamWords.SECTION_START, StreamWords.SECTION_FULL -> {
        in.be32("section id");
        yield in.refused("section", at, expected, in.name("section name"));
      }
      default -> in.bad("element", at, expected, "0x" + Integer.toHexString(type));
    };
  }

  private void command() throws IOException {
    long at = in.position() - 1;
    int command = in.be16("command");
    int length = in.be16("length of a command");
    int expected =
        switch (command) {
          case StreamWords.OPEN_RETURN_PATH,
              StreamWords.ENABLE_COLO,
              StreamWords.SWITCHOVER_START ->
              0;
          case StreamWords.PING -> 4;
          default ->
              throw in.refused(
                  "command",
                  at,
                  "one of a live migration",
                  command < StreamWords.COMMANDS.size()
                      ? StreamWords.COMMANDS.get(command)
                      : command);
        };
    if (length != expected) {
      throw in.bad("length of " + StreamWords.COMMANDS.get(command), at + 3, expected, length);
    }
    switch (command) {
      case StreamWords.OPEN_RETURN_PATH -> commands.openReturnPath();
      case StreamWords.PING -> commands.ping(in.be32("value of a PING"));
      case StreamWords.ENABLE_COLO -> commands.enableColo();
      default -> {} // SWITCHOVER_START asks for nothing
    }
  }

  /** Reads the records of a section up to its footer. */
  private void body(RamSink ram) throws IOException {
    seen.clear();
    while (true) {
      long at = in.position();
      long word = in.be64("ram record");
      int flags = (int) (word & StreamWords.FLAGS);
      long offset = word & ~StreamWords.FLAGS;
      switch (flags) {
        case StreamWords.PAGE_RECORD, StreamWords.PAGE_RECORD | StreamWords.CONTINUE -> {
          long page = page(at, offset, flags);
          in.read("page", content);
          ram.page(block, page, content);
        }
        case StreamWords.ZERO, StreamWords.ZERO | StreamWords.CONTINUE -> {
          long page = page(at, offset, flags);
          grammar.expect("byte of a zero page", 1, 0);
          ram.zero(block, page);
        }
        case StreamWords.MEM_SIZE -> table(at, offset, ram);
        case StreamWords.EOS -> {
          if (offset != 0) {
            throw in.bad("end of the ram records", at, 0, Long.toHexString(offset));
          }
          grammar.footer();
          return;
        }
        default ->
            throw in.refused("ram record", at, "flags 2, 4, 8, 10, 20", Integer.toHexString(flags));
      }
    }
  }

  /** Reads which block a record is of, and returns its page. */
  private long page(long at, long offset, int flags) throws IOException {
    if ((flags & StreamWords.CONTINUE) == 0) {
      String name = in.name("block of a page");
      block = ordinals.getOrDefault(name, -1);
      if (block < 0) {
        throw in.bad("block of a page", at, "one of the block table", name);
      }
    } else if (block < 0) {
      throw in.bad("block of a page", at, "a name", "none, and no record before");
    }
    if (offset < 0 || offset >= lengths[block]) {
      throw in.bad("page", at, "an offset below " + lengths[block], Long.toUnsignedString(offset));
    }
    long page = offset / StreamWords.PAGE;
    if (!seen.add(block, page)) {
      throw in.bad("page", at, "each page once in a section", "page " + page + " again");
    }
    return page;
  }

  private void table(long at, long total, RamSink ram) throws IOException {
    List<RamBlock> blocks = new ArrayList<>();
    for (long left = grammar.ramSize(at, total); left > 0; ) {
      RamBlock read = grammar.block(left, blocks.size());
      left -= read.length();
      blocks.add(read);
      if (ignoresShared()) {
        in.be64("guest address");
      }
    }
    RamLayout read = grammar.layout(blocks);
    if (layout == null) {
      layout = read;
      lengths = blocks.stream().mapToLong(RamBlock::length).toArray();
      for (int i = 0; i < blocks.size(); i++) {
        ordinals.put(blocks.get(i).name(), i);
      }
      ram.layout(read);
    } else if (!layout.equals(read)) {
      throw in.bad("block table", at, layout.blocks(), read.blocks());
    }
  }

  /**
   * Reads the device sections and the description, which tells where they end. Returns sections
   * {@link #CONFIGURATION}, {@link #DEVICES}, {@link #DESCRIPTION}. Waits for nothing behind them.
   */
  public DeviceState readState() throws IOException {
    int type = element();
    while (type == StreamWords.COMMAND) {
      command();
      type = element();
    }
    if (type != StreamWords.SECTION_FULL) {
      throw unexpected("device sections", type);
    }
    long start = in.position() - 1;
    GrowingBytes state = new GrowingBytes();
    state.add(type);
    DeviceEnd end = new DeviceEnd();
    while (!end.find(state.array(), state.length())) {
      if (state.length() == mostStateBytes) {
        throw in.bad(
            "device state",
            start,
            "its description within " + mostStateBytes + " bytes",
            end.why());
      }
      state.readSome(in, end.wanted(), mostStateBytes);
    }
    int behind = state.length() - end.end() + in.buffered();
    if (behind > 0) {
      throw in.bad(
          "device state", start + end.end(), "nothing behind its description", behind + " bytes");
    }
    return new DeviceState(
        List.of(
            new DeviceSection(CONFIGURATION, 1, configuration),
            new DeviceSection(DEVICES, 1, state.copy(0, end.stateLength())),
            new DeviceSection(DESCRIPTION, 1, state.copy(end.descriptionAt(), end.end()))));
  }

  /** Returns the block table. */
  public RamLayout layout() {
    if (layout == null) {
      throw new IllegalStateException("readRam first");
    }
    return layout;
  }

  /** Reads a bare message of QEMU's checkpoint protocol: a {@link ColoMessage}'s number. */
  public int readColoMessage() throws IOException {
    long at = in.position();
    long message = in.be32("message of the checkpoint protocol");
    if (message > ColoMessage.VMSTATE_LOADED) {
      throw in.bad("message", at, "0.." + ColoMessage.VMSTATE_LOADED, message);
    }
    return (int) message;
  }

  /** Reads the dirty pages of one checkpoint, up to the EOF behind them. */
  public void readDirty(RamSink ram) throws IOException {
    boolean ended = false;
    while (true) {
      int type = element();
      switch (type) {
        case StreamWords.COMMAND -> command();
        case StreamWords.SECTION_END -> {
          if (ended) {
            throw unexpected("the end of the checkpoint's pages", type);
          }
          grammar.ramId();
          body(ram);
          ended = true;
        }
        case StreamWords.EOF -> {
          if (!ended) {
            throw unexpected("the checkpoint's pages", type);
          }
          return;
        }
        default -> throw unexpected("the checkpoint's pages", type);
      }
    }
  }

  /** Reads the be64 size and the device sections of one checkpoint: section {@link #DEVICES}. */
  public DeviceSection readDevices() throws IOException {
    long at = in.position();
    long size = in.be64("size of the device state");
    if (size < 1 || size > mostStateBytes) {
      throw in.bad(
          "size of the device state", at, "1.." + mostStateBytes, Long.toUnsignedString(size));
    }
    GrowingBytes state = new GrowingBytes();
    while (state.length() < size) {
      state.readSome(in, "device state", (int) size);
    }
    int last = state.array()[(int) size - 1];
    if (state.array()[0] != StreamWords.SECTION_FULL || last != StreamWords.EOF) {
      throw in.bad(
          "device state",
          at + 8,
          "sections from 0x4 to 0x0",
          "0x"
              + Integer.toHexString(state.array()[0] & 0xff)
              + " to 0x"
              + Integer.toHexString(last & 0xff));
    }
    return new DeviceSection(DEVICES, 1, state.copy(0, (int) size));
  }
}
