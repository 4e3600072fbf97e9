package dev.cairn.tools.command;

import dev.cairn.store.StoreException;
import dev.cairn.tools.uffd.Door;
import dev.cairn.tools.uffd.DoorEvent;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** {@code cairn uffd-serve}. */
@Command(
    name = "uffd-serve",
    description = {
      "answers page faults of Firecracker's VMs out of a restore point",
      "  cairn uffd-serve CHAIN@N --socket PATH",
      "Firecracker: PUT /snapshot/load with \"mem_backend\": {\"backend_type\": \"Uffd\","
          + " \"backend_path\": PATH}",
      "A server that died is replaced by the same command: its VMs wait for that."
    })
final class UffdServeCommand implements Callable<Integer> {
  @ParentCommand RootCommand root = new RootCommand();

  @Parameters(index = "0", paramLabel = "POINT", description = "CHAIN@N, @latest, @LABEL or @TIME")
  String pointName = "";

  @Option(
      names = "--socket",
      paramLabel = "PATH",
      required = true,
      description = "where VMs come; PATH.keeper beside it is for the next server")
  Path socket = Path.of("");

  @Option(names = "--once", description = "ends when the first VM has ended")
  boolean once;

  @Option(
      names = "--no-prefill",
      description = "gives only what is touched; without it the rest follows in between")
  boolean noPrefill;

  @Option(
      names = "--limit-rate",
      paramLabel = "BYTES",
      description = "a second for each VM, of memory that nobody touched; K, M, G")
  @Nullable String limitRate;

  @Override
  public Integer call() throws IOException {
    Door.Options options = new Door.Options(once, !noPrefill, bytesPerSecond());
    PointName name = PointName.parse(pointName);
    try (OpenPoint open = OpenPoint.open(root, name, Optional.empty())) {
      UffdReport report = new UffdReport(root.console(), open.text());
      try (ServiceManager manager = ServiceManager.ofEnvironment(root.console()::warn);
          Door door =
              new Door(
                  socket,
                  open.point().memory(),
                  open.point().id(),
                  options,
                  event -> {
                    report.accept(event);
                    if (event instanceof DoorEvent.Listening) {
                      manager.ready();
                    }
                  });
          StopHook _ = new StopHook(door::stop);
          PointHold hold = PointHold.forSocket(open, socket, root.console())) {
        Door.Outcome outcome = run(door, hold);
        report.summary(outcome);
        if (outcome.left() == 0) {
          hold.end();
        } else {
          hold.keep();
          root.console()
              .warn(
                  "VMs that wait: %d; to go on: cairn uffd-serve %s --socket %s"
                      .formatted(outcome.left(), open.text(), socket));
        }
        return outcome.stuck() > 0
            ? ExitCodes.CORRUPT
            : outcome.failed() > 0 ? ExitCodes.FAILED : ExitCodes.DONE;
      }
    }
  }

  /** VMs wait for the next server when this one fails: the point is theirs. */
  private static Door.Outcome run(Door door, PointHold hold) throws IOException {
    try {
      return door.run();
    } catch (StoreException e) {
      throw e; // nothing was begun
    } catch (IOException e) {
      hold.keep();
      throw e;
    }
  }

  private long bytesPerSecond() {
    if (limitRate == null) {
      return 0;
    }
    return ByteSize.parse(limitRate)
        .filter(bytes -> bytes > 0)
        .orElseThrow(
            () -> new UsageException("--limit-rate " + limitRate + ": expected bytes, as 100M"));
  }
}
