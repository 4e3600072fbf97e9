package dev.cairn.transport.pages;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class LongIntMapTest {
  @Test
  void itIsAMap() {
    Random random = new Random(7);
    for (int keys : new int[] {4, 100, 5000}) {
      LongIntMap map = new LongIntMap();
      Map<Long, Integer> model = new HashMap<>();
      for (int i = 0; i < 200_000; i++) {
        long key = (long) random.nextInt(keys) << (random.nextBoolean() ? 0 : 32);
        switch (random.nextInt(3)) {
          case 0 -> {
            map.put(key, i);
            model.put(key, i);
          }
          case 1 -> {
            Integer was = model.remove(key);
            assertEquals(was == null ? LongIntMap.NONE : was, map.remove(key));
          }
          default -> assertEquals(model.getOrDefault(key, LongIntMap.NONE), map.get(key));
        }
        assertEquals(model.size(), map.size());
      }
      model.forEach((key, value) -> assertEquals(value, map.get(key)));
    }
  }
}
