package dev.cairn.tests.uffd;

import dev.cairn.tests.NumberedMemory;
import dev.cairn.tools.linux.UnixSocket;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * A VMM without a VM, in a process of its own: it has memory, hands its page faults over as
 * Firecracker does, and does what it is told: touch, remove, write. It knows each byte that its
 * memory must have. It runs until its input ends.
 */
final class VmmMain {
  private static final int PAGE = NumberedMemory.PAGE_SIZE;
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final MemorySegment memory;
  private final MemorySegment expected;
  private final int unit;

  /** What this process has written itself, or removed, is no more the point's. */
  private final BitSet own = new BitSet();

  private VmmMain(MemorySegment memory, byte[] expected, int unit) {
    this.memory = memory;
    this.expected = MemorySegment.ofArray(expected);
    this.unit = unit;
  }

  /** Takes socket, checkpoint, pages, unit in bytes, and {@code huge} for huge pages. */
  public static void main(String[] args) throws IOException, InterruptedException {
    int pages = Integer.parseInt(args[2]);
    int unit = Integer.parseInt(args[3]);
    byte[] expected = new NumberedMemory(pages).at(Long.parseLong(args[1]));
    long bytes = (long) pages * PAGE;
    MemorySegment memory =
        args[4].equals("huge") ? ClientCalls.mapHuge(bytes) : ClientCalls.map(bytes);
    int fd = ClientCalls.create(ClientCalls.NONBLOCK);
    ClientCalls.begin(fd, ClientCalls.EVENT_REMOVE);
    ClientCalls.register(fd, memory);
    UnixSocket socket = UnixSocket.connect(Path.of(args[0]), PATIENCE);
    try (Arena arena = Arena.ofConfined()) {
      byte[] message = message(memory, unit).getBytes(StandardCharsets.UTF_8);
      MemorySegment out = arena.allocate(message.length);
      MemorySegment.copy(MemorySegment.ofArray(message), 0, out, 0, message.length);
      socket.sendDescriptors(out, PATIENCE, fd);
    }
    System.out.println("ready");
    new VmmMain(memory, expected, unit).obey();
    socket.close();
  }

  /** Two regions, the second one first, as nobody promises an order. */
  private static String message(MemorySegment memory, int unit) {
    long first = memory.byteSize() / unit / 3 * unit;
    return "["
        + region(memory.address() + first, memory.byteSize() - first, first, unit)
        + (first == 0 ? "" : "," + region(memory.address(), first, 0, unit))
        + "]";
  }

  static String region(long address, long size, long offset, long unit) {
    return """
        {"base_host_virt_addr":%d,"size":%d,"offset":%d,"page_size":%d,"page_size_kib":%d}"""
        .formatted(address, size, offset, unit, unit);
  }

  private void obey() throws IOException, InterruptedException {
    BufferedReader in =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      String[] words = line.split(" ", -1);
      String found =
          switch (words[0]) {
            case "touch" -> touch(number(words, 1), number(words, 2), number(words, 3));
            case "page" -> check(number(words, 1));
            case "remove" -> remove(number(words, 1), number(words, 2));
            case "churn" -> churn(number(words, 1), number(words, 2));
            default -> "what is " + words[0] + "?";
          };
      System.out.println(words[0] + ": " + (found.isEmpty() ? "right" : found));
    }
  }

  private static int number(String[] words, int at) {
    return Integer.parseInt(words[at]);
  }

  /** Compares a page; says what is wrong. */
  private String check(int page) {
    long at = (long) page * PAGE;
    long wrong = MemorySegment.mismatch(memory, at, at + PAGE, expected, at, at + PAGE);
    return wrong < 0
        ? ""
        : "page %d differs at %d: expected %d, found %d"
            .formatted(
                page,
                wrong,
                expected.get(ValueLayout.JAVA_BYTE, at + wrong),
                memory.get(ValueLayout.JAVA_BYTE, at + wrong));
  }

  /** Checks a part of all pages, one in so many, by some threads, each in its own order. */
  private String touch(int threads, int oneIn, int seed) throws InterruptedException {
    List<Integer> pages = new ArrayList<>();
    Random random = new Random(seed);
    for (int page = 0; page < memory.byteSize() / PAGE; page++) {
      if (random.nextInt(oneIn) == 0) {
        pages.add(page);
      }
    }
    ConcurrentLinkedQueue<String> found = new ConcurrentLinkedQueue<>();
    List<Thread> all = new ArrayList<>();
    for (int i = 0; i < threads; i++) {
      List<Integer> mine = new ArrayList<>(pages);
      Collections.shuffle(mine, new Random(seed + i));
      all.add(
          Thread.ofPlatform()
              .daemon()
              .start(
                  () -> {
                    for (int page : mine) {
                      String wrong = check(page);
                      if (!wrong.isEmpty()) {
                        found.add(wrong);
                      }
                    }
                  }));
    }
    for (Thread thread : all) {
      thread.join();
    }
    String first = found.peek();
    return first == null ? "" : first;
  }

  /** Gives pages back: from now on they are zeros. */
  private String remove(int page, int count) throws IOException {
    long at = (long) page * PAGE;
    ClientCalls.remove(memory.asSlice(at, (long) count * PAGE));
    expected.asSlice(at, (long) count * PAGE).fill((byte) 0);
    own.set(page, page + count);
    return "";
  }

  /** Removes, writes and checks at random: what a guest with a balloon does. */
  private String churn(int steps, int seed) throws IOException {
    Random random = new Random(seed);
    int perUnit = unit / PAGE;
    int units = (int) (memory.byteSize() / unit);
    for (int i = 0; i < steps; i++) {
      int at = random.nextInt(units);
      int page = at * perUnit + random.nextInt(perUnit);
      switch (random.nextInt(4)) {
        case 0 -> remove(at * perUnit, perUnit * (1 + random.nextInt(Math.min(8, units - at))));
        case 1 -> {
          byte value = (byte) random.nextInt();
          byte[] bytes = new byte[PAGE / 2];
          Arrays.fill(bytes, value);
          MemorySegment from = MemorySegment.ofArray(bytes);
          MemorySegment.copy(from, 0, memory, (long) page * PAGE, bytes.length);
          MemorySegment.copy(from, 0, expected, (long) page * PAGE, bytes.length);
        }
        default -> {
          String wrong = check(page);
          if (!wrong.isEmpty()) {
            return "after " + i + " steps: " + wrong + (own.get(page) ? ", was removed" : "");
          }
        }
      }
    }
    return "";
  }
}
