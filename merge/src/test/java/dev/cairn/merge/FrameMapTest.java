package dev.cairn.merge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairn.store.file.Address;
import dev.cairn.store.file.FileKind;
import dev.cairn.store.file.FileName;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class FrameMapTest {
  private static final int PAGE = 4096;

  private static List<FileName> files(int count) {
    return LongStream.rangeClosed(1, count)
        .mapToObj(id -> new FileName(FileKind.LAYER, 1, 1, 100 + id))
        .toList();
  }

  private static long frame(int i) {
    return Address.of(Address.PLAIN, 7, (long) (i + 1) * PAGE);
  }

  /** More than one chunk, and each frame twice. */
  @Test
  void framesComeInTheOrderOfFilesAndOffsetsEachOnce() {
    int frames = 400_000;
    try (FrameMap map = new FrameMap(files(2), FrameMap.Most.DEFAULT)) {
      List<Integer> order = new ArrayList<>();
      for (int i = 0; i < frames; i++) {
        order.add(i);
      }
      Collections.shuffle(order, new Random(1));
      for (int number = 0; number < 2; number++) {
        for (int i : order) {
          map.count(number, frame(i), PAGE);
        }
      }
      map.cut();
      for (int times = 0; times < 2; times++) {
        for (int i : order) {
          map.add(0, frame(i));
          map.add(1, frame(i));
        }
      }
      map.sort();
      for (int i : order) {
        assertTrue(map.check(0, frame(i), i));
        assertTrue(map.check(1, frame(i), i + 1));
      }
      FrameMap.Walk walk = map.walk();
      for (int n = 0; n < 2 * frames; n++) {
        assertTrue(walk.next());
        assertEquals(n / frames, walk.number());
        assertEquals(Address.withOrdinal(frame(n % frames), 0), walk.address());
        assertEquals(n % frames + n / frames, walk.crc());
        walk.put(Address.at(walk.address(), (long) n * 64));
      }
      assertFalse(walk.next());
      assertEquals(2L * frames, map.copied());
      assertEquals(64L * (frames + 5), Address.offset(map.moved(1, frame(5))));
      assertEquals(Address.ZERO, map.moved(1, frame(frames)));
    }
  }

  @Test
  void whatIsTooManyForOnePackStays() {
    FrameMap.Most most = new FrameMap.Most(10, Long.MAX_VALUE, 14); // ranges of 4 pages
    try (FrameMap map = new FrameMap(files(3), most)) {
      for (int number = 0; number < 3; number++) {
        for (int i = 0; i < 7; i++) {
          map.count(number, frame(i), PAGE);
        }
      }
      map.cut();
      assertEquals(10L * PAGE, map.bytes());
      assertTrue(map.moves(0, frame(6)));
      assertTrue(map.moves(1, frame(2)), "pages 1..3 of the first range");
      assertFalse(map.moves(1, frame(3)));
      assertFalse(map.moves(2, frame(0)));
    }
  }

  @Test
  void whatIsTooLongForOnePackStays() {
    FrameMap.Most most = new FrameMap.Most(1000, 8 * PAGE, 14);
    try (FrameMap map = new FrameMap(files(1), most)) {
      for (int i = 0; i < 100; i++) {
        map.count(0, frame(i), PAGE);
      }
      map.cut();
      assertEquals(7L * PAGE, map.bytes());
    }
  }

  /** Else a file of large frames would never be packed. */
  @Test
  void somethingAlwaysMoves() {
    try (FrameMap map = new FrameMap(files(1), new FrameMap.Most(1, 1, 20))) {
      map.count(0, frame(0), PAGE);
      map.count(0, frame(1), PAGE);
      map.cut();
      assertTrue(map.moves(0, frame(1)));
    }
  }

  @Test
  void aFrameOfTwoContentsIsRefused() {
    try (FrameMap map = new FrameMap(files(1), FrameMap.Most.DEFAULT)) {
      map.count(0, frame(0), PAGE);
      map.cut();
      map.add(0, frame(0));
      map.sort();
      assertTrue(map.check(0, frame(0), 5));
      assertTrue(map.check(0, frame(0), 5));
      assertFalse(map.check(0, frame(0), 6));
    }
  }
}
