package dev.cairn.transport.link;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairn.store.Id;
import dev.cairn.transport.link.LinkLab.Client;
import dev.cairn.transport.link.LinkLab.Raw;
import dev.cairn.transport.link.LinkLab.Silent;
import dev.cairn.transport.link.Results.Result;
import dev.cairn.transport.wire.ErrorCode;
import dev.cairn.transport.wire.FrameHeader;
import dev.cairn.transport.wire.FrameType;
import dev.cairn.transport.wire.LinkKind;
import dev.cairn.transport.wire.Message;
import dev.cairn.transport.wire.MessageReader;
import dev.cairn.transport.wire.PageEntries;
import dev.cairn.transport.wire.Role;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * What {@link Link} promises; each implementation runs it. It is long because the contract is one:
 * who implements it inherits this class and nothing else.
 */
@Timeout(90) // Who speaks by hand waits without an end of his own.
abstract class LinkContract {
  /** Short enough for a test that waits for them, long enough for a busy machine. */
  static final LinkSettings.Periods SHORT =
      new LinkSettings.Periods(
          Duration.ofMillis(100),
          Duration.ofMillis(1_000),
          Duration.ofMillis(1_000),
          Duration.ofSeconds(30));

  static final LinkSettings.Periods LONG =
      new LinkSettings.Periods(
          Duration.ofSeconds(20),
          Duration.ofSeconds(60),
          Duration.ofSeconds(60),
          Duration.ofSeconds(30));

  private static final Id CHECKPOINT = new Id(7, 9);
  private static final int PAGE = 4096;

  @TempDir Path directory = Path.of("unset");
  private @Nullable LinkLab lab;

  /** Returns where the links of this implementation go. */
  abstract LinkLab.Ground ground(Path directory) throws Exception;

  private LinkLab lab(LinkSettings.Periods periods, java.util.function.Function<Link, Requests> by)
      throws Exception {
    LinkLab made = new LinkLab(ground(directory), periods, by);
    lab = made;
    return made;
  }

  @AfterEach
  void closeLab() throws IOException {
    LinkLab made = lab;
    if (made != null) {
      made.close();
    }
  }

  /** A FETCH that waits for its answer. */
  private record Asked(Link link, int request, long file, long offset, int length) {
    void answer(Arena arena) throws LinkLostException {
      link.answerData(request, Pattern.of(arena, file, offset, length));
    }
  }

  private static final class Collecting extends Silent {
    final BlockingQueue<Asked> asked;
    private final Link link;

    Collecting(Link link, BlockingQueue<Asked> asked) {
      this.link = link;
      this.asked = asked;
    }

    @Override
    public void fetch(int request, long file, long offset, int length) {
      asked.add(new Asked(link, request, file, offset, length));
    }
  }

  /** Answers FETCH at once. */
  private static final class Serving extends Silent {
    private final Link link;

    Serving(Link link) {
      this.link = link;
    }

    @Override
    public void fetch(int request, long file, long offset, int length) throws IOException {
      try (Arena arena = Arena.ofShared()) {
        link.answerData(request, Pattern.of(arena, file, offset, length));
      }
    }
  }

  private static void fetchAndCheck(Link link, long file, int length) throws Exception {
    try (Arena arena = Arena.ofShared()) {
      Results results = new Results();
      MemorySegment into = arena.allocate(length);
      link.fetch(file, 5, into, results.of("one"));
      Result result = results.next();
      assertEquals("done", result.what());
      assertTrue(Pattern.holds(into, file, 5));
    }
  }

  @Test
  void answersComeInAnyOrderIntoTheMemoryOfTheirCallers() throws Exception {
    BlockingQueue<Asked> asked = new LinkedBlockingQueue<>();
    LinkLab on = lab(LONG, link -> new Collecting(link, asked));
    Link link = on.open(Role.PULL, _ -> new Silent()).link(LinkKind.DATA);
    Random random = new Random(5);
    int[] lengths = {1, 15, 4096, 8191, 8192, 65_535, 65_536, 65_537, 131_072, 1 << 20};
    int count = 40;
    try (Arena arena = Arena.ofShared()) {
      Results results = new Results();
      List<MemorySegment> into = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        MemorySegment memory = arena.allocate(lengths[i % lengths.length]);
        into.add(memory);
        link.fetch(i, 1000L * i, memory, results.of(i));
      }
      List<Asked> waiting = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        waiting.add(LinkLab.take(asked));
      }
      Collections.shuffle(waiting, random);
      // Two who answer at once: frames of their answers alternate.
      List<Thread> threads = new ArrayList<>();
      for (int half = 0; half < 2; half++) {
        List<Asked> own = waiting.subList(half * count / 2, (half + 1) * count / 2);
        threads.add(
            Thread.ofVirtual()
                .start(
                    () -> {
                      try {
                        for (Asked each : own) {
                          each.answer(arena);
                        }
                      } catch (LinkLostException e) {
                        throw new IllegalStateException(e);
                      }
                    }));
      }
      for (int i = 0; i < count; i++) {
        Result result = results.next();
        assertEquals("done", result.what());
        int key = (Integer) result.key();
        assertTrue(Pattern.holds(into.get(key), key, 1000L * key), () -> "answer " + key);
      }
      for (Thread thread : threads) {
        thread.join(LinkLab.PATIENCE);
      }
    }
  }

  @Test
  void requestsArriveInTheOrderInWhichTheyWereAsked() throws Exception {
    BlockingQueue<String> came = new LinkedBlockingQueue<>();
    LinkLab on =
        lab(
            LONG,
            link ->
                new Silent() {
                  @Override
                  public void other(int request, Message message) throws IOException {
                    came.add(((Message.Look) message).point());
                    link.answer(request, new Message.Seen(3, CHECKPOINT, CHECKPOINT, PAGE));
                  }
                });
    Link link = on.open(Role.PULL, _ -> new Silent()).link(LinkKind.CONTROL);
    Results results = new Results();
    for (int i = 0; i < 1000; i++) {
      link.ask(new Message.Look(false, "vm", "p" + i), results.answer(i));
    }
    for (int i = 0; i < 1000; i++) {
      assertEquals("p" + i, LinkLab.take(came));
      Result result = results.next();
      assertEquals(i, result.key());
      assertEquals(new Message.Seen(3, CHECKPOINT, CHECKPOINT, PAGE), result.head());
    }
  }

  @Test
  void pagesComeWithTheirEntriesAndZeroPagesWithoutBytes() throws Exception {
    LinkLab on =
        lab(
            LONG,
            link ->
                new Silent() {
                  @Override
                  public void pages(int request, Id id, int block, long page, int count)
                      throws IOException {
                    assertEquals(CHECKPOINT, id);
                    try (Arena arena = Arena.ofShared()) {
                      MemorySegment entries = arena.allocate((long) count * PageEntries.BYTES);
                      int plain = 0;
                      for (int i = 0; i < count; i++) {
                        boolean zero = (page + i) % 3 == 0;
                        PageEntries.put(
                            entries,
                            i,
                            zero ? PageEntries.ZERO : PageEntries.PLAIN,
                            (int) (page + i));
                        plain += zero ? 0 : 1;
                      }
                      link.answerPages(
                          request, entries, Pattern.of(arena, block, page, (long) plain * PAGE));
                    }
                  }
                });
    Client client = on.open(Role.PULL, _ -> new Silent());
    for (Link link : List.of(client.link(LinkKind.URGENT), client.link(LinkKind.DATA))) {
      for (int count : new int[] {1, 2, 3, 15, 16, 17, 512}) {
        for (long first : new long[] {0, 1, 1L << 40}) {
          try (Arena arena = Arena.ofShared()) {
            Results results = new Results();
            MemorySegment entries = arena.allocate((long) count * PageEntries.BYTES);
            MemorySegment into = arena.allocate((long) count * PAGE);
            link.fetchPages(
                new Message.Pages(CHECKPOINT, first, 6, count), entries, into, results.of(0));
            assertEquals("done", results.next().what());
            int plain = PageEntries.plain(entries, count);
            for (int i = 0; i < count; i++) {
              assertEquals((int) (first + i), PageEntries.crc(entries, i));
            }
            assertTrue(Pattern.holds(into.asSlice(0, (long) plain * PAGE), 6, first));
          }
        }
      }
    }
  }

  @Test
  void aStreamComesWholeWhateverItsLength() throws Exception {
    int head = 8 + 16 + 4;
    LinkLab on =
        lab(
            LONG,
            link ->
                new Silent() {
                  @Override
                  public void other(int request, Message message) throws IOException {
                    int length = Integer.parseInt(((Message.Open) message).point());
                    AnswerStream stream =
                        link.answerStream(request, new Message.Opened(1, CHECKPOINT, length));
                    try (Arena arena = Arena.ofShared()) {
                      MemorySegment all = Pattern.of(arena, 1, 0, Math.max(1, length));
                      for (int at = 0; at < length; at += 10_000) {
                        stream.write(all.asSlice(at, Math.min(10_000, length - at)));
                      }
                    }
                    stream.end();
                  }
                });
    Link link = on.open(Role.PULL, _ -> new Silent()).link(LinkKind.CONTROL);
    int piece = FrameHeader.MOST_PAYLOAD;
    for (int length :
        new int[] {0, 1, piece - head - 1, piece - head, piece - head + 1, 2 * piece, 1_000_000}) {
      Results results = new Results();
      link.ask(
          new Message.Open("t", false, false, "vm", String.valueOf(length)), results.answer(0));
      Result result = results.next();
      assertEquals("done", result.what());
      assertEquals(new Message.Opened(1, CHECKPOINT, length), result.head());
      assertEquals(length, result.bytes().length);
      assertTrue(Pattern.holds(MemorySegment.ofArray(result.bytes()), 1, 0));
    }
  }

  /** As one answers who reads a file piece by piece. */
  @Test
  void bytesOfAFileMayBeAnsweredInPieces() throws Exception {
    LinkLab on =
        lab(
            LONG,
            link ->
                new Silent() {
                  @Override
                  public void fetch(int request, long file, long offset, int length)
                      throws IOException {
                    try (Arena arena = Arena.ofShared()) {
                      MemorySegment all = Pattern.of(arena, file, offset, length);
                      assertThrows(
                          IllegalArgumentException.class,
                          () -> link.answerData(request, all.asSlice(0, 1), true));
                      for (int at = 0; at < length; at += 131_072) {
                        int count = Math.min(131_072, length - at);
                        link.answerData(request, all.asSlice(at, count), at + count < length);
                      }
                    }
                  }
                });
    Link link = on.open(Role.PULL, _ -> new Silent()).link(LinkKind.DATA);
    for (int length : new int[] {1, 65_536, 65_537, 262_144, 1 << 20}) {
      fetchAndCheck(link, 3, length);
    }
  }

  @Test
  void aFailureIsTheAnswerOfItsRequestAlone() throws Exception {
    LinkLab on =
        lab(
            LONG,
            link ->
                new Silent() {
                  @Override
                  public void fetch(int request, long file, long offset, int length)
                      throws IOException {
                    if (file == 1) {
                      throw new dev.cairn.store.NoSuchPointException("no file 1");
                    }
                    new Serving(link).fetch(request, file, offset, length);
                  }
                });
    Link link = on.open(Role.PULL, _ -> new Silent()).link(LinkKind.DATA);
    Results results = new Results();
    link.fetch(1, 0, MemorySegment.ofArray(new byte[100]), results.of(0));
    assertEquals("FailureException no file 1", results.next().what());
    fetchAndCheck(link, 2, 100_000);
  }

  @Test
  void aPeerThatDoesNotReadHoldsUpNobodyElseAndIsLost() throws Exception {
    LinkLab on = lab(SHORT, Serving::new);
    Raw control = on.raw(Role.PULL, LinkKind.CONTROL, Optional.empty());
    Raw data = on.raw(Role.PULL, LinkKind.DATA, Optional.of(control.session()));
    Thread.ofVirtual().start(() -> answerPings(control));
    for (int request = 1; request <= 64; request++) {
      data.connection().output().fetch(request, 1, 0, Message.MOST_FETCH);
    }
    // It is there, and says so.
    var pings =
        on.settings()
            .timer()
            .scheduleAtFixedRate(() -> ping(data), 100, 100, TimeUnit.MILLISECONDS);
    Link other = on.open(Role.PULL, _ -> new Silent()).link(LinkKind.DATA);
    fetchAndCheck(other, 3, 1 << 20);
    on.event("takes none");
    pings.cancel(false);
    fetchAndCheck(other, 4, 1 << 20);
  }

  private static void ping(Raw raw) {
    try {
      raw.connection().output().send(1000, new Message.Ping(1));
    } catch (IOException _) {
      // It is lost, as it has to be.
    }
  }

  private static void answerPings(Raw raw) {
    try {
      while (true) {
        FrameHeader header = raw.connection().input().next();
        Message message = MessageReader.read(header.type(), raw.connection().input().payload());
        if (message instanceof Message.Ping ping) {
          raw.connection().output().send(header.request(), new Message.Pong(ping.value()));
        }
      }
    } catch (IOException _) {
      // The end of the test.
    }
  }

  /** Asks a raw source for bytes, over the server's link to it. */
  private static void askSource(Link link, Results results, Arena arena) throws IOException {
    link.fetch(1, 0, arena.allocate(200_000), results.of("fetch"));
  }

  @Test
  void aCutInTheMiddleOfAFrameFailsWhatIsOutstanding() throws Exception {
    LinkLab on = lab(LONG, _ -> new Silent());
    Raw control = on.raw(Role.SEND, LinkKind.CONTROL, Optional.empty());
    Raw data = on.raw(Role.SEND, LinkKind.DATA, Optional.of(control.session()));
    Link link = on.serverLink(LinkKind.DATA);
    try (Arena arena = Arena.ofShared()) {
      Results results = new Results();
      askSource(link, results, arena);
      FrameHeader asked = data.connection().input().next();
      assertEquals(FrameType.FETCH, asked.type());
      ByteBuffer half = FrameHeader.buffer(1000);
      new FrameHeader()
          .put(half, 0, FrameType.DATA, asked.request(), true, 0, FrameHeader.MOST_PAYLOAD);
      data.connection().output().raw(half);
      data.close();
      assertTrue(results.next().what().startsWith("LinkLostException"));
      assertThrows(LinkLostException.class, () -> askSource(link, results, arena));
    }
  }

  @Test
  void aPeerThatSaysNothingIsLost() throws Exception {
    LinkLab on = lab(SHORT, _ -> new Silent());
    Raw control = on.raw(Role.SEND, LinkKind.CONTROL, Optional.empty());
    Thread.ofVirtual().start(() -> answerPings(control));
    Raw data = on.raw(Role.SEND, LinkKind.DATA, Optional.of(control.session()));
    Link link = on.serverLink(LinkKind.DATA);
    try (Arena arena = Arena.ofShared()) {
      Results results = new Results();
      askSource(link, results, arena);
      String says = results.next().what();
      assertTrue(says.contains("expected a byte within 1000 ms"), says);
    }
    data.close();
  }

  @Test
  void aLinkOnWhichNothingIsAskedStays() throws Exception {
    LinkLab on = lab(SHORT, Serving::new);
    Client client = on.open(Role.PULL, _ -> new Silent());
    Link data = client.link(LinkKind.DATA);
    Raw control = on.raw(Role.PULL, LinkKind.CONTROL, Optional.empty());
    // As many PINGs as last for several times what ends a silent link.
    for (int pings = 0; pings < 30; ) {
      FrameHeader header = control.connection().input().next();
      Message message = MessageReader.read(header.type(), control.connection().input().payload());
      if (message instanceof Message.Ping ping) {
        pings++;
        control.connection().output().send(header.request(), new Message.Pong(ping.value()));
      }
    }
    fetchAndCheck(data, 3, 1000);
    assertEquals(List.of(), List.copyOf(client.losses));
  }

  @Test
  void closeWakesWhoWaitsAndFailsWhatIsOutstanding() throws Exception {
    LinkLab on = lab(LONG, _ -> new Silent());
    Link link = on.open(Role.PULL, _ -> new Silent()).link(LinkKind.DATA);
    Results results = new Results();
    int most = link.room();
    for (int i = 0; i < most; i++) {
      link.fetch(i, 0, MemorySegment.ofArray(new byte[10]), results.of(i));
    }
    assertEquals(0, link.room());
    BlockingQueue<String> woken = new LinkedBlockingQueue<>();
    for (int i = 0; i < 3; i++) {
      Thread.ofVirtual()
          .start(
              () -> {
                try {
                  link.fetch(9, 0, MemorySegment.ofArray(new byte[10]), results.of("late"));
                  woken.add("asked");
                } catch (LinkLostException e) {
                  woken.add("lost");
                }
              });
    }
    link.close();
    for (int i = 0; i < most; i++) {
      assertTrue(results.next().what().startsWith("LinkLostException"));
    }
    for (int i = 0; i < 3; i++) {
      assertEquals("lost", LinkLab.take(woken));
    }
    on.event("lost"); // the other side
  }

  private static ByteBuffer frame(FrameType type, int request, int flags, byte[] payload) {
    ByteBuffer out = FrameHeader.buffer(FrameHeader.BYTES + payload.length);
    out.position(FrameHeader.BYTES).put(payload);
    new FrameHeader().put(out, 0, type, request, flags == 1, payload.length, payload.length);
    return out.position(0);
  }

  private static ByteBuffer patched(ByteBuffer frame, int at, int value) {
    return frame.put(at, (byte) value);
  }

  /** What no peer of role pull may send on a control link. */
  private static List<ByteBuffer> hostile() {
    byte[] ping = new byte[8];
    byte[] look = {0, 0, 0, 0, 0, 0};
    byte[] fetch = new byte[20];
    Arrays.fill(fetch, (byte) 1);
    return List.of(
        patched(frame(FrameType.PING, 1, 0, ping), 3, 0x7f),
        patched(frame(FrameType.PING, 1, 0, ping), 3, 0xff),
        patched(frame(FrameType.PING, 1, 0, ping), 2, 2),
        patched(frame(FrameType.PING, 1, 0, ping), 4, 0x70),
        patched(frame(FrameType.PING, 1, 0, ping), 6, 2),
        patched(frame(FrameType.PING, 1, 0, ping), 6, 1),
        patched(frame(FrameType.PING, 1, 0, ping), 12, 1),
        frame(FrameType.PING, 0, 0, ping),
        frame(FrameType.PING, 1, 0, new byte[9]),
        frame(FrameType.PING, 1, 0, new byte[7]),
        frame(FrameType.PONG, 1, 0, ping),
        frame(FrameType.PONG, 1 << 31 | 7, 0, ping),
        frame(FrameType.HELLO, 1, 0, new byte[0]),
        frame(FrameType.SEEN, 1, 0, new byte[44]),
        frame(FrameType.RELEASED, 1, 0, new byte[0]),
        frame(FrameType.OFFER, 1, 0, new byte[54]),
        frame(FrameType.RATE, 1, 0, ping),
        frame(FrameType.FETCH, 1, 0, fetch),
        frame(FrameType.DATA, 1, 0, new byte[0]),
        frame(FrameType.LOOK, 0, 0, look),
        frame(FrameType.LOOK, 1, 0, new byte[] {4, 0, 0, 0, 0, 0}),
        frame(FrameType.LOOK, 1, 0, new byte[] {0, 0, 1, 0, 7, 0, 0}),
        frame(FrameType.LOOK, 1, 0, new byte[] {0, 0, -1, -1, 7, 0, 0}),
        frame(FrameType.PROGRESS, 1, 0, new byte[16]),
        frame(
            FrameType.PROGRESS, 0, 0, new byte[] {1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}),
        frame(FrameType.ERROR, 5, 0, new byte[] {1, 0, 0, 0, 0, 0, 0, 0, 0, 0}));
  }

  @Test
  void hostileFramesEndTheLinkWithAWordAndNoOther() throws Exception {
    LinkLab on = lab(LONG, Serving::new);
    Link other = on.open(Role.PULL, _ -> new Silent()).link(LinkKind.DATA);
    for (ByteBuffer frame : hostile()) {
      try (Raw raw = on.raw(Role.PULL, LinkKind.CONTROL, Optional.empty())) {
        raw.connection().output().raw(frame);
        raw.awaitFault();
        on.event("fault");
      }
    }
    fetchAndCheck(other, 4, 10_000);
  }

  @Test
  void windowsThatNobodyAgreedOnEndTheLink() throws Exception {
    LinkLab on = lab(LONG, Serving::new);
    for (Message message : List.of(new Message.Window(7, 0, 1 << 20), new Message.WindowDone(1))) {
      try (Raw control = on.raw(Role.PULL, LinkKind.CONTROL, Optional.empty());
          Raw raw = on.raw(Role.PULL, LinkKind.DATA, Optional.of(control.session()))) {
        raw.connection().output().send(FrameType.of(message).isNotice() ? 0 : 1, message);
        raw.awaitFault();
        on.event("fault");
      }
    }
  }

  @Test
  void moreRequestsThanAgreedAndTwiceOneNumberEndTheLink() throws Exception {
    LinkLab on = lab(LONG, _ -> new Silent());
    try (Raw raw = on.raw(Role.PULL, LinkKind.CONTROL, Optional.empty())) {
      for (int i = 1; i <= 65; i++) {
        raw.connection().output().send(i, new Message.Look(false, "", ""));
      }
      raw.awaitFault();
    }
    try (Raw raw = on.raw(Role.PULL, LinkKind.CONTROL, Optional.empty())) {
      raw.connection().output().send(9, new Message.Look(false, "", ""));
      raw.connection().output().send(9, new Message.Look(false, "", ""));
      raw.awaitFault();
    }
    try (Raw raw = on.raw(Role.PULL, LinkKind.CONTROL, Optional.empty())) {
      raw.connection().output().send(1, new Message.Point(CHECKPOINT));
      raw.connection().output().send(2, new Message.Point(CHECKPOINT));
      raw.awaitFault();
    }
  }

  @Test
  void answersOfAnotherLengthThanAskedEndTheLink() throws Exception {
    for (int length : new int[] {0, 199_999, 200_001}) {
      try (LinkLab on = new LinkLab(ground(directory), LONG, _ -> new Silent());
          Raw control = on.raw(Role.SEND, LinkKind.CONTROL, Optional.empty());
          Raw data = on.raw(Role.SEND, LinkKind.DATA, Optional.of(control.session()));
          Arena arena = Arena.ofShared()) {
        Results results = new Results();
        askSource(on.serverLink(LinkKind.DATA), results, arena);
        FrameHeader asked = data.connection().input().next();
        int request = asked.request();
        data.connection().input().payload();
        data.connection().output().data(request, arena.allocate(length), false);
        data.awaitFault();
        assertTrue(results.next().what().startsWith("LinkLostException"));
      }
    }
  }

  @Test
  void aFloodOfPingsCostsOneAnswer() throws Exception {
    LinkLab on = lab(LONG, _ -> new Silent());
    Raw raw = on.raw(Role.PULL, LinkKind.CONTROL, Optional.empty());
    int last = 20_000;
    for (int i = 1; i <= last; i++) {
      raw.connection().output().send(i, new Message.Ping(i));
    }
    int answered = 0;
    while (answered < last) {
      FrameHeader header = raw.connection().input().next();
      int request = header.request();
      Message message = MessageReader.read(header.type(), raw.connection().input().payload());
      assertEquals(new Message.Pong(request), message);
      assertTrue(request > answered);
      answered = request;
    }
  }

  @Test
  void aLostDataLinkIsOpenedAnewAndAControlLinkEndsAll() throws Exception {
    LinkLab on = lab(LONG, Serving::new);
    Client client = on.open(Role.PULL, _ -> new Silent());
    Link first = client.link(LinkKind.DATA);
    client.link(LinkKind.DATA);
    on.serverLink(LinkKind.DATA).end(Failures.of(ErrorCode.FAILED, "away with it"));
    Link again = client.link(LinkKind.DATA);
    fetchAndCheck(again, 5, 70_000);
    LinkLab.take(on.sessions).end(Failures.of(ErrorCode.FAILED, "enough"));
    LinkLostException why = LinkLab.take(client.losses);
    assertTrue(String.valueOf(why.getMessage()).contains("enough"), why::toString);
    on.event("ended");
    Results results = new Results();
    for (Link link : List.of(first, again)) {
      assertThrows(
          LinkLostException.class,
          () -> {
            while (true) { // closed, but not yet by the time that we are told
              link.fetch(1, 0, MemorySegment.ofArray(new byte[10]), results.of(0));
              results.next();
            }
          });
    }
    assertTrue(client.group().data().isEmpty() || client.group().data().size() <= 2);
  }

  @Test
  void bytesThatLieBehindEachOtherInOneReadAreToldApart() throws Exception {
    LinkLab on = lab(LONG, _ -> new Silent());
    Raw raw = on.raw(Role.PULL, LinkKind.CONTROL, Optional.empty());
    ByteBuffer two = FrameHeader.buffer(48);
    two.put(frame(FrameType.PING, 1, 0, new byte[8]));
    two.put(frame(FrameType.PING, 2, 0, "12345678".getBytes(StandardCharsets.US_ASCII)));
    raw.connection().output().raw(two.flip());
    byte[] last = new byte[8];
    while (last[0] == 0) {
      raw.connection().input().next();
      raw.connection().input().payload().get(last);
    }
    assertArrayEquals("12345678".getBytes(StandardCharsets.US_ASCII), last);
    assertEquals(0, MemorySegment.ofArray(last).get(ValueLayout.JAVA_BYTE, 0) - '1');
  }
}
