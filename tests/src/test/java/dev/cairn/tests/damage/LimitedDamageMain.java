package dev.cairn.tests.damage;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Looks at damaged stores in a JVM that has no memory for what a damaged number may ask for. */
public final class LimitedDamageMain {
  /** What is asked for to show that there is no such memory, bytes. */
  private static final int TOO_MUCH = 256 << 20;

  private LimitedDamageMain() {}

  /**
   * Takes a seed and of how many damages one is looked at; or {@code heap} or {@code native}, of
   * which too much is asked for.
   */
  public static void main(String[] arguments) throws IOException {
    switch (arguments[0]) {
      case "heap" -> System.out.println(new byte[TOO_MUCH].length);
      case "native" -> {
        try (Arena arena = Arena.ofConfined()) {
          System.out.println(arena.allocate(TOO_MUCH).byteSize());
        }
      }
      default -> look(Long.parseLong(arguments[0]), Integer.parseInt(arguments[1]));
    }
  }

  private static void look(long seed, int step) throws IOException {
    SmallStore store = new SmallStore();
    Picture whole = store.picture();
    Harms harms = new Harms(whole, new Random(seed));
    int damages = 0;
    try (Inspector inspector = new Inspector(store, 1)) {
      for (String path : harms.files()) {
        List<Harm> all = new ArrayList<>(harms.bits(path));
        all.addAll(harms.cuts(path));
        all.addAll(harms.extensions(path));
        for (int i = (int) Math.floorMod(seed, (long) step); i < all.size(); i += step) {
          inspector.look(all.get(i).on(whole));
          damages++;
        }
      }
    }
    System.out.println("looked at " + damages);
  }
}
