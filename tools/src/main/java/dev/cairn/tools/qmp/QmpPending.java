package dev.cairn.tools.qmp;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The commands that wait for an answer, by id. Thread-safe.
 *
 * <p>QEMU reads on only while fewer than eight ordinary commands wait in its queue, and out-of-band
 * ones stand behind what it does not read: so no more than seven are ever on their way. Those that
 * nobody waits for any more count, as QEMU has not forgotten them.
 */
final class QmpPending {
  private static final int MOST_ORDINARY = 7;

  private record Answer(@Nullable JsonNode result, @Nullable IOException error) {}

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();

  // All guarded by the lock.
  private final Map<Long, @Nullable Answer> waiting = new HashMap<>();
  private final Map<Long, String> commands = new HashMap<>();
  private final Set<Long> ordinary = new HashSet<>();
  private long lastId;
  private @Nullable String lost;

  /** Returns the id of a new command; waits for its turn. */
  long begin(String command, boolean outOfBand, long end) throws IOException, InterruptedException {
    lock.lock();
    try {
      while (lost == null && !outOfBand && ordinary.size() >= MOST_ORDINARY) {
        long left = end - System.nanoTime();
        if (left <= 0) {
          throw new SocketTimeoutException(
              command + ": not sent: QEMU has not answered " + MOST_ORDINARY + " earlier commands");
        }
        changed.awaitNanos(left);
      }
      if (lost != null) {
        throw new QmpLostException(lost);
      }
      long id = ++lastId;
      waiting.put(id, null);
      commands.put(id, command);
      if (!outOfBand) {
        ordinary.add(id);
      }
      return id;
    } finally {
      lock.unlock();
    }
  }

  /** Waits for the answer to a command. */
  JsonNode await(long id, long end) throws IOException, InterruptedException {
    lock.lock();
    try {
      Answer answer;
      while ((answer = waiting.get(id)) == null && lost == null) {
        long left = end - System.nanoTime();
        if (left <= 0) {
          throw new SocketTimeoutException(
              commands.get(id) + ": QEMU has not answered in time; its answer will be ignored");
        }
        changed.awaitNanos(left);
      }
      if (answer == null) {
        throw new QmpLostException(String.valueOf(lost));
      }
      if (answer.error() != null) {
        throw answer.error();
      }
      return java.util.Objects.requireNonNull(answer.result());
    } finally {
      waiting.remove(id);
      commands.remove(id);
      lock.unlock();
    }
  }

  /** A command was not sent after all. */
  void forget(long id) {
    lock.lock();
    try {
      waiting.remove(id);
      commands.remove(id);
      ordinary.remove(id);
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Takes a line that is no event; one of a command that nobody waits for is dropped. */
  void answer(JsonNode line) {
    lock.lock();
    try {
      JsonNode id = line.path("id");
      if (id.isIntegralNumber() && id.canConvertToLong()) {
        ordinary.remove(id.longValue());
        answer(id.longValue(), line);
      } else if (line.has("error")) {
        // QEMU does not know whose: it could not read what we sent.
        for (Long each : Set.copyOf(waiting.keySet())) {
          answer(each, line);
        }
        ordinary.clear();
      }
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private void answer(long id, JsonNode line) {
    if (!waiting.containsKey(id) || waiting.get(id) != null) {
      return;
    }
    JsonNode error = line.get("error");
    String command = String.valueOf(commands.get(id));
    if (error != null) {
      String kind = QmpWords.shown(error.path("class").asText());
      String words = QmpWords.shown(error.path("desc").asText());
      waiting.put(id, new Answer(null, new QmpException(command, kind, words)));
    } else if (line.has("return")) {
      waiting.put(id, new Answer(line.get("return"), null));
    } else {
      String words = command + ": QEMU's answer: expected return or error, found neither";
      waiting.put(id, new Answer(null, new IOException(words)));
    }
  }

  /** No more answers will come. */
  void lost(String why) {
    lock.lock();
    try {
      if (lost == null) {
        lost = why;
      }
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }
}
