package dev.cairn.tests.fuzz;

import dev.cairn.store.DeviceState;
import dev.cairn.store.RamLayout;
import dev.cairn.tools.migration.ColoMessage;
import dev.cairn.tools.migration.RamSink;
import dev.cairn.tools.migration.SocketInput;
import dev.cairn.tools.migration.StreamCommands;
import dev.cairn.tools.migration.StreamReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A running QEMU's stream: the first state, and then checkpoints as long as there are any.
 *
 * <pre>
 *   input    switches | stream
 *   fe ed 01            the peer falls silent here until it is answered
 *   fe ed 02 b          4,096 bytes b: a page's content
 * </pre>
 *
 * <p>The lengths of the description and of checkpoints' states are mended, unless the switches say
 * that they are left as they are.
 */
record MigrationStreamTarget() implements FuzzTarget {
  static final int KEEP_LENGTHS = 1;
  static final byte[] SILENCE = {(byte) 0xfe, (byte) 0xed, 1};
  static final byte[] PAGE = {(byte) 0xfe, (byte) 0xed, 2};
  private static final int PAGE_BYTES = 4096;

  /** Contents that an input may have: all others stand for nothing. */
  private static final int MOST_PAGES = 8;

  private static final int BUFFER = 4096;
  private static final int MOST_STATE_BYTES = 1 << 20;

  @Override
  public String name() {
    return "migration-stream";
  }

  @Override
  public int mostBytes() {
    return 8 << 10;
  }

  @Override
  public Allowance allowance() {
    return Allowance.OF_STREAM;
  }

  @Override
  public Allowance.Extra read(byte[] input) throws IOException {
    HostilePeer peer = new HostilePeer(pieces(input));
    try (Arena arena = Arena.ofConfined()) {
      SocketInput in = new SocketInput(peer, arena.allocate(BUFFER), SocketInput.Watch.NONE);
      StreamReader reader = new StreamReader(in, StreamCommands.NONE, MOST_STATE_BYTES);
      Checker ram = new Checker();
      reader.readHead();
      reader.readRam(ram);
      check(reader.readState());
      while (!peer.isDone() || in.buffered() > 0) {
        switch (reader.readColoMessage()) {
          case ColoMessage.VMSTATE_SEND -> reader.readDirty(ram);
          case ColoMessage.VMSTATE_SIZE -> checkDevices(reader.readDevices().content());
          default -> {} // the session's business
        }
      }
      if (!reader.layout().equals(ram.layout)) {
        throw new AssertionError("another layout than the sink was told");
      }
    }
    return Allowance.Extra.NONE;
  }

  private static void check(DeviceState state) {
    if (state.sections().size() != 3) {
      throw new AssertionError("device state of " + state.sections().size());
    }
    checkDevices(state.find(StreamReader.DEVICES).orElseThrow().content());
    byte[] json = state.find(StreamReader.DESCRIPTION).orElseThrow().content();
    if (json[0] != '{' || json[json.length - 1] != '}') {
      throw new AssertionError("a description that is no object");
    }
  }

  private static void checkDevices(byte[] devices) {
    if (devices[0] != 4 || devices[devices.length - 1] != 0) {
      throw new AssertionError("devices without begin or end");
    }
  }

  /** Holds the reader to what it promises to a sink. */
  private static final class Checker implements RamSink {
    private @Nullable RamLayout layout;

    @Override
    public void layout(RamLayout told) {
      if (layout != null) {
        throw new AssertionError("a second layout");
      }
      layout = told;
    }

    @Override
    public void page(int block, long page, MemorySegment content) {
      zero(block, page);
      if (content.byteSize() != PAGE_BYTES) {
        throw new AssertionError("a page of " + content.byteSize() + " bytes");
      }
    }

    @Override
    public void zero(int block, long page) {
      if (layout == null || page < 0 || page >= layout.blocks().get(block).pages(PAGE_BYTES)) {
        throw new AssertionError("page " + page + " of block " + block);
      }
    }
  }

  /** Cuts an input at its silences, puts pages in, and mends lengths. */
  private static List<MemorySegment> pieces(byte[] input) {
    List<MemorySegment> pieces = new ArrayList<>();
    ByteArrayOutputStream piece = new ByteArrayOutputStream();
    boolean mends = input.length > 0 && (input[0] & KEEP_LENGTHS) == 0;
    int pages = 0;
    for (int at = 1; at < input.length; ) {
      if (stands(SILENCE, input, at)) {
        add(pieces, piece, mends);
        at += SILENCE.length;
      } else if (stands(PAGE, input, at) && at + PAGE.length < input.length) {
        if (pages++ < MOST_PAGES) {
          byte[] content = new byte[PAGE_BYTES];
          Arrays.fill(content, input[at + PAGE.length]);
          piece.writeBytes(content);
        }
        at += PAGE.length + 1;
      } else {
        piece.write(input[at]);
        at++;
      }
    }
    add(pieces, piece, mends);
    return pieces;
  }

  private static boolean stands(byte[] mark, byte[] input, int at) {
    return at + mark.length <= input.length
        && input[at] == mark[0]
        && input[at + 1] == mark[1]
        && input[at + 2] == mark[2];
  }

  private static void add(List<MemorySegment> pieces, ByteArrayOutputStream piece, boolean mends) {
    if (piece.size() == 0) {
      return;
    }
    byte[] bytes = piece.toByteArray();
    piece.reset();
    if (mends && pieces.isEmpty()) {
      mendDescription(bytes);
    } else if (mends) {
      mendSize(bytes);
    }
    pieces.add(MemorySegment.ofArray(bytes));
  }

  /** The first piece ends with the description. */
  private static void mendDescription(byte[] bytes) {
    for (int at = bytes.length - 7; at >= 0; at--) {
      if (bytes[at] == 0 && bytes[at + 1] == 6 && bytes[at + 6] == '{') {
        ByteBuffer.wrap(bytes).putInt(at + 2, bytes.length - at - 6);
        return;
      }
    }
  }

  /** A later piece ends with the devices, whose length stands before their first section. */
  private static void mendSize(byte[] bytes) {
    ByteBuffer fields = ByteBuffer.wrap(bytes);
    for (int at = 0; at + 13 <= bytes.length; at++) {
      boolean size = fields.getInt(at) == ColoMessage.VMSTATE_SIZE && bytes[at + 12] == 4;
      if (size && fields.getInt(at + 4) == 0) {
        fields.putLong(at + 4, bytes.length - at - 12);
        return;
      }
    }
  }
}
