package dev.cairn.tools.guardian;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.cairn.tools.guardian.RescuePlan.Seen;
import dev.cairn.tools.qmp.QmpException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.SocketTimeoutException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * A QEMU as far as a rescue sees it, with a time of its own: it serves one client, takes its time
 * for what it does by itself, and refuses what a real one refuses. Used by one thread.
 */
final class FakeQemu implements Monitor, Monitor.Door, RescueTime {
  private static final long MILLI = 1_000_000;
  private static final JsonMapper JSON = new JsonMapper();

  final List<String> executed = new ArrayList<>();
  final Map<String, Object> capabilities = new TreeMap<>();
  final Map<String, Object> parameters = new TreeMap<>();

  /** What it refuses to take back. */
  final List<String> stubborn = new ArrayList<>();

  private final Map<Long, Seen> later = new TreeMap<>();
  private Seen now;
  private long nanos = 5;
  private long freeAt;
  private int losses;
  private int absences;
  private boolean connected;

  FakeQemu(String migration, String runState) {
    now = new Seen(migration, runState);
  }

  /** Something will happen by itself. */
  FakeQemu then(long afterMillis, String migration, String runState) {
    later.put(nanos + afterMillis * MILLI, new Seen(migration, runState));
    return this;
  }

  /** Another client holds the socket so long. */
  FakeQemu busyFor(long millis) {
    freeAt = nanos + millis * MILLI;
    return this;
  }

  /** Nobody listens for the next connections, which is told at once. */
  FakeQemu absentFor(int connections) {
    absences = connections;
    return this;
  }

  /** The other client is dead. */
  void free() {
    freeAt = nanos;
  }

  /** The next connections are lost at their first command. */
  FakeQemu losing(int connections) {
    losses = connections;
    return this;
  }

  Seen seen() {
    for (Map.Entry<Long, Seen> event : new TreeMap<>(later).entrySet()) {
      if (event.getKey() <= nanos) {
        now = event.getValue();
        later.remove(event.getKey());
      }
    }
    return now;
  }

  @Override
  public long nanos() {
    return nanos;
  }

  @Override
  public void pass(Duration duration) {
    nanos += duration.toNanos();
  }

  @Override
  public Monitor open(Path socket, Duration patience) throws IOException {
    if (connected) {
      throw new IllegalStateException("one client at a time");
    }
    if (absences > 0) {
      absences--;
      throw new ConnectException("nobody listens there");
    }
    if (freeAt - nanos > patience.toNanos()) {
      pass(patience);
      throw new SocketTimeoutException("another client holds this QMP socket");
    }
    nanos = Math.max(nanos, freeAt);
    connected = true;
    return this;
  }

  @Override
  public void close() {
    connected = false;
  }

  @Override
  public JsonNode execute(String command, Map<String, ?> arguments) throws IOException {
    if (losses > 0) {
      losses--;
      throw new IOException("lost");
    }
    nanos += MILLI;
    ObjectNode answer = JsonNodeFactory.instance.objectNode();
    switch (command) {
      case "query-status" -> answer.put("status", seen().runState());
      case "query-migrate" -> {
        if (!seen().migration().equals("none")) {
          answer.put("status", seen().migration());
        }
      }
      default -> act(command, arguments);
    }
    return answer;
  }

  private void act(String command, Map<String, ?> arguments) throws IOException {
    executed.add(command);
    Seen before = seen();
    switch (command) {
      case "x-colo-lost-heartbeat" -> {
        require(before.migration().equals("colo"), command, "VM is not in COLO mode");
        now = new Seen("completed", "colo");
        then(3, "completed", "running");
      }
      case "migrate_cancel" -> {
        now = new Seen("cancelling", before.runState());
        then(5, "cancelled", "running");
      }
      case "cont" -> {
        boolean isFinal = !before.runState().equals("finish-migrate");
        require(isFinal, command, "Migration is not finalized yet");
        now = new Seen(before.migration(), "running");
      }
      case "closefd" -> require(false, command, "File descriptor named 'x' not found");
      case "migrate-set-capabilities" -> {
        // All or none, as QEMU does.
        JsonNode states = JSON.valueToTree(arguments).path("capabilities");
        for (JsonNode state : states) {
          check(command, state.path("capability").asText());
        }
        for (JsonNode state : states) {
          capabilities.put(state.path("capability").asText(), state.path("state").asBoolean());
        }
      }
      case "migrate-set-parameters" -> {
        for (String name : arguments.keySet()) {
          check(command, name);
        }
        parameters.putAll(arguments);
      }
      default -> throw new QmpException(command, "CommandNotFound", command);
    }
  }

  private void check(String command, String name) throws IOException {
    require(!stubborn.contains(name), command, name + " is not for you");
    boolean isFinal = List.of("none", "completed", "failed", "cancelled").contains(now.migration());
    require(isFinal, command, "There's a migration process in progress");
  }

  private static void require(boolean fine, String command, String words) throws QmpException {
    if (!fine) {
      throw new QmpException(command, "GenericError", words);
    }
  }
}
