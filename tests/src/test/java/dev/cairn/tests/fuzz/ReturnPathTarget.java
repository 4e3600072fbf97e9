package dev.cairn.tests.fuzz;

import dev.cairn.store.RamBlock;
import dev.cairn.store.RamLayout;
import dev.cairn.tools.migration.ReturnPath;
import dev.cairn.tools.migration.SocketInput;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;

/** What the destination of a migration answers: messages up to the end. */
record ReturnPathTarget() implements FuzzTarget {
  private static final int PAGE = 4096;
  private static final RamLayout LAYOUT =
      new RamLayout(
          PAGE, List.of(new RamBlock("pc.ram", 16384L * PAGE), new RamBlock("r", 3L * PAGE)));
  private static final int BUFFER = 512;

  @Override
  public String name() {
    return "return-path";
  }

  @Override
  public int mostBytes() {
    return 4 << 10;
  }

  @Override
  public Allowance.Extra read(byte[] input) throws IOException {
    HostilePeer peer =
        new HostilePeer(input.length == 0 ? List.of() : List.of(MemorySegment.ofArray(input)));
    try (Arena arena = Arena.ofConfined()) {
      SocketInput in = new SocketInput(peer, arena.allocate(BUFFER), SocketInput.Watch.NONE);
      ReturnPath path = new ReturnPath(in, LAYOUT);
      do {
        check(path.read());
      } while (!peer.isDone() || in.buffered() > 0);
    }
    return Allowance.Extra.NONE;
  }

  private static RamBlock block(String name) {
    RamBlock block = LAYOUT.blocks().get(name.equals("r") ? 1 : 0);
    if (!block.name().equals(name)) {
      throw new AssertionError("a block " + name);
    }
    return block;
  }

  private static void check(ReturnPath.Message message) {
    boolean sound =
        switch (message) {
          case ReturnPath.Request request -> {
            long length = block(request.block()).length();
            yield request.start() >= 0
                && request.length() > 0
                && request.start() <= length - request.length()
                && (request.start() | request.length()) % PAGE == 0;
          }
          case ReturnPath.Received received -> {
            long pages = block(received.block()).pages(PAGE);
            long[] words = received.received();
            yield words.length == (pages + 63) / 64
                && (pages % 64 == 0 || words[words.length - 1] >>> pages == 0);
          }
          case ReturnPath.Shut shut -> shut.value() >= 0;
          case ReturnPath.Pong pong -> pong.value() >= 0;
          case ReturnPath.ResumeAck ack -> ack.value() >= 0;
          case ReturnPath.SwitchoverAck ack -> true;
        };
    if (!sound) {
      throw new AssertionError("not sound: " + message);
    }
  }
}
