package dev.cairn.tests.guardian;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.cairn.tools.capture.AttachFile;
import dev.cairn.tools.guardian.GuardianClient;
import dev.cairn.tools.linux.Pidfd;
import dev.cairn.tools.linux.UnixSocket;
import dev.cairn.tools.qmp.Qmp;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;

/**
 * A capture that goes to one state, says so, and stays there: as far as QEMU and the guardian can
 * tell it is a real one, but it stores nothing. While the guest may be paused it beats.
 */
public final class SinkMain {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final Duration MOMENT = Duration.ofMillis(50);
  private static final int CHUNK = 64 << 10;
  private static final String NAME = "cairn-test";

  /** Its guardian is killed before the pause of a checkpoint. */
  static final String KILL_GUARDIAN = "--kill-guardian-before-a-checkpoint";

  /** It has a child that outlives it. */
  static final String CHILD = "--with-a-child";

  /** What it wants; old values of others are what is put back. */
  private static final Map<String, Integer> PARAMETERS =
      Map.of("max-bandwidth", 1 << 30, "x-checkpoint-delay", 2_000_000_000, "downtime-limit", 700);

  private final State state;
  private final AttachFile file;
  private final Qmp qmp;
  private final Path directory;
  private final MemorySegment bytes = Arena.global().allocate(CHUNK);
  private AttachFile.Content content;
  private boolean killsGuardian;
  private GuardianClient watch;
  private UnixSocket socket;

  private SinkMain(State state, Path store, Path directory, Duration maxPause) throws IOException {
    this.state = state;
    this.directory = directory;
    Path path = directory.resolve("qmp");
    this.file = AttachFile.of(store, "vm");
    this.qmp = Qmp.connect(path, PATIENCE);
    long pid = qmp.peerPid();
    this.content =
        new AttachFile.Content(
            "vm",
            state.mode().word(),
            AttachFile.Phase.ATTACHING,
            path,
            pid,
            Pidfd.startTime(pid).orElseThrow(),
            NAME,
            maxPause.toMillis(),
            old("query-migrate-capabilities", capabilities()),
            old("query-migrate-parameters", PARAMETERS),
            List.of());
    file.write(content);
    this.watch = GuardianClient.start(file, System.out::println);
    List<Map<String, ?>> set = new ArrayList<>();
    capabilities().forEach((k, v) -> set.add(Map.of("capability", k, "state", v)));
    execute("migrate-set-capabilities", Map.of("capabilities", set));
    execute("migrate-set-parameters", PARAMETERS);
    phase(AttachFile.Phase.ATTACHED);
    List<UnixSocket> pair = UnixSocket.pair("QEMU's fd");
    this.socket = pair.get(0);
    try (UnixSocket theirs = pair.get(1)) {
      qmp.executeWith(theirs.number(), "getfd", Map.of("fdname", NAME), PATIENCE);
    }
  }

  private Map<String, Boolean> capabilities() {
    return Map.of("return-path", true, "events", true, "x-colo", state.mode() == State.Mode.COLO);
  }

  private JsonNode old(String query, Map<String, ?> wanted) throws IOException {
    JsonNode now = execute(query, Map.of());
    ObjectNode old = JsonNodeFactory.instance.objectNode();
    if (now.isArray()) {
      for (JsonNode each : now) {
        String name = each.path("capability").asText();
        if (wanted.containsKey(name) && !wanted.get(name).equals(each.path("state").asBoolean())) {
          old.set(name, each.path("state"));
        }
      }
    } else {
      wanted.keySet().forEach(name -> old.set(name, now.path(name)));
    }
    return old;
  }

  private JsonNode execute(String command, Map<String, ?> arguments) throws IOException {
    return qmp.execute(command, arguments, PATIENCE);
  }

  private void phase(AttachFile.Phase next) throws IOException {
    content = content.in(next);
    file.write(content);
  }

  /**
   * Takes the state, the store, the guest's directory, and the longest pause; then perhaps what
   * else it is to do.
   */
  public static void main(String[] args) throws IOException, InterruptedException {
    State state = State.valueOf(args[0]);
    Duration maxPause = Duration.ofMillis(Long.parseLong(args[3]));
    SinkMain sink = new SinkMain(state, Path.of(args[1]), Path.of(args[2]), maxPause);
    List<String> more = List.of(args).subList(4, args.length);
    sink.killsGuardian = more.contains(KILL_GUARDIAN);
    if (more.contains(CHILD)) {
      // As a disk command would be; it ends by itself.
      System.out.println("CHILD " + new ProcessBuilder("sleep", "100").start().pid() + " .");
    }
    sink.run();
  }

  private void run() throws IOException, InterruptedException {
    go();
    // In some of them QEMU's main lock is held until its bytes are read, or the socket is shut.
    boolean silent = state == State.S2_HALF || state == State.C6 || state == State.C7;
    String guest = silent ? "not asked" : runState();
    System.out.println("AT " + state + " guardian " + watch.pid() + " guest " + guest + " .");
    while (true) {
      try {
        if (state.clock()) {
          watch.beat();
        } else {
          Thread.sleep(20);
        }
        Thread.sleep(20);
      } catch (IOException e) {
        System.out.println("LOST " + e.getMessage());
        // A capture would detach now, and go on; this one waits for its end.
        Thread.sleep(PATIENCE.toMillis());
      }
    }
  }

  private void go() throws IOException {
    if (state == State.S0 || state == State.C0) {
      return;
    }
    if (state == State.STOPPED) {
      phase(AttachFile.Phase.STOPPED);
      watch.begin(OptionalInt.empty());
      execute("stop", Map.of());
      return;
    }
    phase(AttachFile.Phase.MIGRATING);
    watch.begin(OptionalInt.of(socket.number()));
    execute("migrate", Map.of("uri", "fd:" + NAME));
    if (state == State.S1 || state == State.C1) {
      read(1000);
      return;
    }
    if (state == State.S2_HALF) {
      // The last of them are devices; as many as fit the socket wait there.
      // Asked by query-status, QEMU might wait for us to read, and we for its answer.
      while (qmp.awaitEvent(0, e -> e.name().equals("STOP"), Duration.ZERO).isEmpty()) {
        watch.beat();
        if (socket.awaitInput(Duration.ofMillis(1))) {
          socket.read(bytes.asSlice(0, 4096));
        }
      }
      return;
    }
    drain("finish-migrate");
    if (state.mode() == State.Mode.STREAM) {
      stream();
    } else {
      colo();
    }
  }

  private void stream() throws IOException {
    if (state == State.S3) {
      snapshot();
    }
    if (state == State.S4 || state == State.BETWEEN) {
      send("0001000400000001");
    }
    if (state == State.BETWEEN) {
      awaitRunning();
      phase(AttachFile.Phase.ATTACHED);
      watch.ended();
    }
  }

  private void colo() throws IOException {
    if (state == State.C2) {
      return;
    }
    send("0001000400000000");
    if (state == State.C2_SHUT) {
      return;
    }
    socket.awaitInput(MOMENT); // facts: READY a little later than SHUT
    send("00000000");
    if (state == State.C3) {
      return;
    }
    awaitRunning();
    watch.ended();
    if (state == State.C4) {
      return;
    }
    execute("migrate-set-parameters", Map.of("x-checkpoint-delay", 2_000_000_000));
    socket.read(bytes.asSlice(0, 4)); // the guest runs: nothing beats
    if (state == State.C5) {
      return;
    }
    if (killsGuardian) {
      ProcessHandle guardian = ProcessHandle.of(watch.pid()).orElseThrow();
      guardian.destroyForcibly();
      guardian.onExit().join();
    }
    watch.beat();
    send("00000002");
    if (state == State.C6) {
      return;
    }
    if (state == State.C7) {
      read(20_000);
      return;
    }
    drain("colo");
    if (state == State.C8) {
      snapshot();
      return;
    }
    send("0000000500000006");
  }

  private String runState() throws IOException {
    if (state.clock()) {
      watch.beat();
    }
    return execute("query-status", Map.of()).path("status").asText();
  }

  private void awaitRunning() throws IOException {
    while (!runState().equals("running")) {
      socket.awaitInput(Duration.ofMillis(1));
    }
  }

  /** Reads until QEMU is in that state and has no more to say. */
  private void drain(String until) throws IOException {
    boolean there = false;
    while (true) {
      if (socket.awaitInput(MOMENT)) {
        watch.beat();
        if (socket.read(bytes) < 0) {
          throw new IOException("QEMU has closed the migration");
        }
      } else if (there) {
        return;
      } else {
        there = runState().equals(until);
      }
    }
  }

  private void read(long count) throws IOException {
    for (long done = 0; done < count; ) {
      watch.beat();
      int got = socket.read(bytes.asSlice(0, Math.min(CHUNK, count - done)));
      if (got < 0) {
        throw new IOException("QEMU has closed the migration");
      }
      done += got;
    }
  }

  private void send(String hex) throws IOException {
    byte[] message = HexFormat.of().parseHex(hex);
    MemorySegment.copy(message, 0, bytes, ValueLayout.JAVA_BYTE, 0, message.length);
    socket.write(bytes.asSlice(0, message.length));
  }

  private void snapshot() throws IOException {
    Path overlay = directory.resolve("overlay-" + System.nanoTime());
    phaseOverlay(overlay);
    execute(
        "blockdev-snapshot-sync",
        Map.of(
            "node-name",
            newestNode(),
            "snapshot-file",
            overlay.toString(),
            "snapshot-node-name",
            "n" + System.nanoTime(),
            "format",
            "qcow2"));
  }

  private void phaseOverlay(Path overlay) throws IOException {
    content =
        new AttachFile.Content(
            content.chain(),
            content.mode(),
            content.phase(),
            content.qmp(),
            content.qemuPid(),
            content.qemuStart(),
            content.descriptorName(),
            content.maxPauseMillis(),
            content.capabilities(),
            content.parameters(),
            List.of(overlay.toString()));
    file.write(content);
  }

  private String newestNode() throws IOException {
    for (JsonNode device : execute("query-block", Map.of())) {
      JsonNode node = device.path("inserted").path("node-name");
      if (node.isTextual()) {
        return node.asText();
      }
    }
    throw new IOException("no disk");
  }
}
