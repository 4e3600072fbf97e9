package dev.cairn.tools.capture;

import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.List;

/**
 * The overlays that disk pairs have made and that belong to no durable point: those of points on
 * their way, and of points that were dropped, of which the newest are remembered. The attach file
 * names them. Thread-safe.
 */
final class Overlays {
  /** A capture whose points are dropped for days must not fill its attach file. */
  private static final int MOST = 1000;

  private static final int MOST_CHARACTERS = 100_000;

  private final Deque<String> files = new ArrayDeque<>();
  private int characters;

  /** Of the checkpoint that is being taken. */
  private List<String> newest = List.of();

  /** A checkpoint begins. */
  synchronized void begin() {
    newest = List.of();
  }

  /** They are there, and the machine writes them. */
  synchronized void made(Collection<String> overlays) {
    newest = List.copyOf(overlays);
    for (String file : overlays) {
      files.addLast(file);
      characters += file.length();
    }
    while (files.size() > MOST || characters > MOST_CHARACTERS) {
      characters -= files.removeFirst().length();
    }
  }

  /** Their point is durable, and names them itself. */
  synchronized void durable(Collection<String> overlays) {
    for (String file : overlays) {
      if (files.remove(file)) {
        characters -= file.length();
      }
    }
  }

  /** Returns what is left of the checkpoint that began, and was lost: words for a person. */
  synchronized String leftOver() {
    return words(newest);
  }

  /** Says that a machine goes on with overlays though their point was dropped. */
  static String words(List<String> overlays) {
    return overlays.isEmpty() ? "" : "; its disk overlays go on: " + String.join(", ", overlays);
  }

  /** Returns their paths, the oldest first. */
  synchronized List<String> list() {
    return List.copyOf(files);
  }
}
