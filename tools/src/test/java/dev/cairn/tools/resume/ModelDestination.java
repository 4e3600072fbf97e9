package dev.cairn.tools.resume;

import dev.cairn.store.RamBlock;
import dev.cairn.tools.migration.Connection;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A destination that keeps QEMU's rules, as they were found by experiment, and has a guest that
 * touches pages at random. What breaks a rule ends it with a word of its own: a page twice is
 * EEXIST, one that is missing at the end is told, and so on. Thread-safe. Long, as the rules hang
 * together: it is one machine with one lock, and is read beside facts of QEMU, not by itself.
 */
final class ModelDestination implements AutoCloseable {
  private static final int PAGE = Machine.PAGE;

  private final Machine machine;
  private final Random random;
  private final long[][] received;
  private final Set<Long> pending = new HashSet<>();
  private final List<Thread> threads = new ArrayList<>();

  // All guarded by this.
  private @Nullable Connection connection;
  private String error = "";
  private boolean running;
  private boolean complete;
  private boolean paused;
  private boolean closed;
  private int lastRequested = -1;
  private long touches;

  ModelDestination(Machine machine, long seed) {
    this.machine = machine;
    this.random = new Random(seed);
    received = new long[blocks().size()][];
    for (int i = 0; i < received.length; i++) {
      received[i] = new long[(int) ((pages(i) + 63) / 64)];
    }
  }

  private List<RamBlock> blocks() {
    return machine.layout().blocks();
  }

  private long pages(int block) {
    return blocks().get(block).length() / PAGE;
  }

  private int hostPages(int block) {
    return blocks().get(block).hostPageSize() / PAGE;
  }

  /** Takes a connection: the first one, or another after it was cut. */
  void serve(Connection from) {
    boolean recovery;
    synchronized (this) {
      recovery = paused;
      paused = false;
      connection = from;
      lastRequested = -1;
    }
    start(() -> listen(from, recovery));
  }

  private void start(Runnable work) {
    Thread thread = Thread.ofPlatform().daemon().unstarted(work);
    synchronized (this) {
      threads.add(thread);
    }
    thread.start();
  }

  private void listen(Connection from, boolean recovery) {
    try (Arena arena = Arena.ofConfined()) {
      Stream in = new Stream(from, arena);
      if (!recovery) {
        in.head();
      }
      in.elements();
    } catch (EOFException e) {
      lost();
    } catch (IOException e) {
      if (e instanceof BrokenRule) {
        fail(String.valueOf(e.getMessage()));
      } else {
        lost();
      }
      from.shutdown();
    }
  }

  private synchronized void lost() {
    if (!complete) {
      if (running) {
        paused = true;
      } else {
        fail("ended before its guest ran");
      }
    }
    connection = null;
    notifyAll();
  }

  private synchronized void fail(String what) {
    if (error.isEmpty()) {
      error = what;
    }
    notifyAll();
  }

  /** Waits until a condition of it holds; fails after a while. */
  private synchronized void await(java.util.function.BooleanSupplier condition)
      throws InterruptedException {
    long end = System.nanoTime() + 60_000_000_000L;
    while (!condition.getAsBoolean()) {
      long left = (end - System.nanoTime()) / 1_000_000;
      if (left <= 0) {
        throw new AssertionError("the model waits too long: " + error + ", pending " + pending);
      }
      wait(left);
    }
  }

  /** Waits until the link is lost and the guest is there, or it has failed. */
  void awaitPaused() throws InterruptedException {
    await(() -> paused || complete || !error.isEmpty());
  }

  void awaitRunning() throws InterruptedException {
    await(() -> running || !error.isEmpty());
  }

  /** Waits until it has so many pages. */
  void awaitPages(long count) throws InterruptedException {
    await(() -> count() >= count || !error.isEmpty() || complete);
  }

  void awaitComplete() throws InterruptedException {
    await(() -> complete || !error.isEmpty());
  }

  synchronized boolean isComplete() {
    return complete;
  }

  synchronized String error() {
    return error;
  }

  synchronized long touches() {
    return touches;
  }

  synchronized long count() {
    return Arrays.stream(received).flatMapToLong(Arrays::stream).map(Long::bitCount).sum();
  }

  /** Cuts the link. */
  void cut() {
    Connection now;
    synchronized (this) {
      now = connection;
    }
    if (now != null) {
      now.shutdown();
    }
  }

  private synchronized boolean has(int block, long page) {
    return (received[block][(int) (page / 64)] >>> page & 1) != 0;
  }

  /** The guest or a device touches a page: it comes, or the guest waits. */
  private void touch(int block, long page) throws IOException, InterruptedException {
    synchronized (this) {
      if (!has(block, page)) {
        long hostPage = page / hostPages(block);
        if (pending.add((long) block << 32 | hostPage) || random.nextInt(8) == 0) {
          request(block, hostPage);
        }
      }
      await(() -> closed || !error.isEmpty() || has(block, page));
      touches++;
    }
  }

  private void request(int block, long hostPage) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (DataOutputStream out = new DataOutputStream(bytes)) {
      byte[] name = blocks().get(block).name().getBytes(StandardCharsets.UTF_8);
      boolean named = block != lastRequested;
      out.writeShort(named ? 3 : 4);
      out.writeShort(named ? 13 + name.length : 12);
      out.writeLong(hostPage * blocks().get(block).hostPageSize());
      out.writeInt(blocks().get(block).hostPageSize());
      if (named) {
        out.writeByte(name.length);
        out.write(name);
      }
    }
    lastRequested = block;
    answer(bytes.toByteArray());
  }

  /** Of a link that is gone nobody hears: the request is repeated after a resume. */
  private void answer(byte[] bytes) {
    Connection now;
    synchronized (this) {
      now = connection;
    }
    if (now != null) {
      try {
        now.write(MemorySegment.ofArray(bytes));
      } catch (IOException _) {
        // The listener sees it, too.
      }
    }
  }

  private void answer(int type, int value) {
    answer(ByteBuffer.allocate(8).putShort((short) type).putShort((short) 4).putInt(value).array());
  }

  /** Loads devices, which touch pages, and then lets the guest run. */
  private void loadDevices(int ping) {
    try {
      for (int i = 0; i < 3; i++) {
        int block = random(blocks().size());
        touch(block, random((int) pages(block)));
      }
      answer(2, ping);
      synchronized (this) {
        running = true;
        notifyAll();
      }
      for (int i = 0; i < 2; i++) {
        start(this::runGuest);
      }
    } catch (IOException | InterruptedException e) {
      fail(e.toString());
    }
  }

  private synchronized int random(int bound) {
    return random.nextInt(bound);
  }

  private void runGuest() {
    try {
      long page = 0;
      int block = 0;
      while (true) {
        synchronized (this) {
          if (closed || complete || !error.isEmpty()) {
            return;
          }
        }
        if (random(4) == 0) {
          block = random(blocks().size());
          page = random((int) pages(block));
        }
        touch(block, page);
        page = (page + 1) % pages(block);
      }
    } catch (IOException | InterruptedException e) {
      fail(e.toString());
    }
  }

  @Override
  public void close() {
    List<Thread> all;
    synchronized (this) {
      closed = true;
      notifyAll();
    }
    cut();
    synchronized (this) {
      all = List.copyOf(threads);
    }
    try {
      for (Thread thread : all) {
        thread.join(10_000);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** A rule of QEMU's is broken. */
  private static final class BrokenRule extends IOException {
    private static final long serialVersionUID = 1;

    BrokenRule(String message) {
      super(message);
    }
  }

  private static void require(boolean holds, String rule) throws BrokenRule {
    if (!holds) {
      throw new BrokenRule(rule);
    }
  }

  /** What comes by one connection. */
  private final class Stream {
    private final DataInputStream in;
    private final Set<String> discarded = new HashSet<>();
    private boolean advised;
    private boolean listening;
    private int block = -1;
    private long hostPage = -1;
    private int inHostPage;

    Stream(Connection from, Arena arena) {
      MemorySegment buffer = arena.allocate(8192);
      in =
          new DataInputStream(
              new InputStream() {
                private int at;
                private int end;

                @Override
                public int read() throws IOException {
                  return isAtEnd() ? -1 : buffer.get(ValueLayout.JAVA_BYTE, at++) & 0xff;
                }

                @Override
                public int read(byte[] into, int offset, int most) throws IOException {
                  if (isAtEnd()) {
                    return -1;
                  }
                  int count = Math.min(most, end - at);
                  MemorySegment.copy(buffer, ValueLayout.JAVA_BYTE, at, into, offset, count);
                  at += count;
                  return count;
                }

                private boolean isAtEnd() throws IOException {
                  if (at == end) {
                    at = 0;
                    end = Math.max(0, from.read(buffer));
                  }
                  return end == 0;
                }
              });
    }

    private String name() throws IOException {
      byte[] bytes = new byte[in.readUnsignedByte()];
      in.readFully(bytes);
      return new String(bytes, StandardCharsets.UTF_8);
    }

    private int blockOf(String name) throws BrokenRule {
      for (int i = 0; i < blocks().size(); i++) {
        if (blocks().get(i).name().equals(name)) {
          return i;
        }
      }
      throw new BrokenRule("no block " + name);
    }

    void head() throws IOException {
      require(in.readInt() == 0x5145564d && in.readInt() == 3, "magic");
      require(in.readUnsignedByte() == 7, "configuration");
      byte[] configuration = new byte[machine.configuration().length];
      in.readFully(configuration);
      require(Arrays.equals(configuration, machine.configuration()), "machine type");
    }

    void elements() throws IOException {
      while (true) {
        int type = in.readUnsignedByte();
        switch (type) {
          case 0 -> {
            synchronized (ModelDestination.this) {
              complete = true;
              ModelDestination.this.notifyAll();
            }
            answer(1, 0);
            return;
          }
          case 1 -> start();
          case 2, 3 -> {
            in.readInt();
            pages();
            footer();
            if (type == 3) {
              end();
            }
          }
          case 8 -> command();
          default -> throw new BrokenRule("element " + type);
        }
      }
    }

    private void footer() throws IOException {
      require(in.readUnsignedByte() == 0x7e, "footer");
      in.readInt();
    }

    private void end() throws IOException {
      require(hostPage < 0, "half a host page at the end");
      for (int i = 0; i < blocks().size(); i++) {
        for (long page = 0; page < ModelDestination.this.pages(i); page++) {
          require(has(i, page), "page " + page + " of block " + i + " is missing at the end");
        }
      }
    }

    private void start() throws IOException {
      in.readInt();
      require(name().equals("ram") && in.readInt() == 0 && in.readInt() == 4, "ram");
      require(in.readLong() == (machine.layout().totalBytes() | 4), "sum of the blocks");
      for (RamBlock ram : blocks()) {
        require(name().equals(ram.name()) && in.readLong() == ram.length(), "block");
        if (ram.hostPageSize() != PAGE) {
          require(in.readLong() == ram.hostPageSize(), "page size of " + ram.name());
        }
      }
      require(in.readLong() == 0x10, "EOS of the table");
      footer();
    }

    private void command() throws IOException {
      int command = in.readUnsignedShort();
      int length = in.readUnsignedShort();
      switch (command) {
        case 1 -> require(length == 0, "OPEN_RETURN_PATH");
        case 2 -> answer(2, in.readInt());
        case 3 -> {
          require(in.readLong() == machine.hostPageSizes() && in.readLong() == PAGE, "ADVISE");
          advised = true;
        }
        case 6 -> discard(length);
        case 7 -> packaged(in.readInt());
        case 9 -> {
          answer(6, 1);
          synchronized (ModelDestination.this) {
            lastRequested = -1;
            for (long key : pending) {
              request((int) (key >>> 32), key & 0xffff_ffffL);
            }
          }
        }
        case 10 -> sendBitmap(name());
        default -> throw new BrokenRule("command " + command);
      }
    }

    private void discard(int length) throws IOException {
      require(advised && !listening, "discard out of its place");
      in.readByte();
      String name = name();
      in.readByte();
      int ranges = (length - 3 - name.length()) / 16;
      for (int i = 0; i < ranges; i++) {
        long start = in.readLong();
        long bytes = in.readLong();
        require(start == 0 && bytes == blocks().get(blockOf(name)).length(), "range");
      }
      discarded.add(name);
    }

    private void packaged(int length) throws IOException {
      byte[] bytes = new byte[length];
      in.readFully(bytes);
      byte[] devices = machine.devices();
      ByteBuffer expected = ByteBuffer.allocate(5 + devices.length - 1 + 9 + 5);
      expected.put(new byte[] {8, 0, 4, 0, 0}).put(devices, 0, devices.length - 1);
      expected.put(new byte[] {8, 0, 2, 0, 4, 0, 0, 0, 3, 8, 0, 5, 0, 0});
      require(Arrays.equals(bytes, expected.array()), "package");
      require(discarded.size() == blocks().size(), "no DISCARD before LISTEN: a dead-lock");
      listening = true;
      ModelDestination.this.start(() -> loadDevices(3));
    }

    private void sendBitmap(String name) throws IOException {
      long[] bits;
      synchronized (ModelDestination.this) {
        bits = received[blockOf(name)].clone();
      }
      byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
      ByteBuffer head = ByteBuffer.allocate(5 + bytes.length + 8);
      head.putShort((short) 5).putShort((short) (bytes.length + 1)).put((byte) bytes.length);
      head.put(bytes).putLong(bits.length * 8L);
      ByteBuffer body =
          ByteBuffer.allocate(bits.length * 8 + 8).order(java.nio.ByteOrder.LITTLE_ENDIAN);
      for (long word : bits) {
        body.putLong(word);
      }
      body.order(java.nio.ByteOrder.BIG_ENDIAN).putLong(0x0123456789abcdefL);
      answer(head.array());
      answer(body.array());
    }

    private void pages() throws IOException {
      while (true) {
        long word = in.readLong();
        int flags = (int) (word & 0xfff);
        if (flags == 0x10) {
          return;
        }
        if ((flags & 0x20) == 0) {
          block = blockOf(name());
        }
        long page = word / PAGE;
        long value = SyntheticMachine.value(block, page);
        switch (flags & ~0x20) {
          case 8 -> {
            for (int at = 0; at < PAGE; at += 8) {
              require(Long.reverseBytes(in.readLong()) == value, "content of page " + page);
            }
          }
          case 2 -> require(in.readByte() == 0 && value == 0, "page " + page + " is not zero");
          default -> throw new BrokenRule("flags " + flags);
        }
        place(page);
      }
    }

    /** A host page is placed when it is whole; its pages come in order, with nothing between. */
    private void place(long page) throws IOException {
      int count = hostPages(block);
      long at = (long) block << 32 | page / count;
      require(hostPage < 0 || hostPage == at, "another page within a host page");
      require(page % count == inHostPage, "host page out of order");
      require(!has(block, page), "EEXIST: page " + page + " of block " + block);
      hostPage = at;
      inHostPage++;
      if (inHostPage == count) {
        synchronized (ModelDestination.this) {
          for (long i = page + 1 - count; i <= page; i++) {
            received[block][(int) (i / 64)] |= 1L << i;
          }
          pending.remove(at);
          ModelDestination.this.notifyAll();
        }
        hostPage = -1;
        inHostPage = 0;
      }
    }
  }
}
