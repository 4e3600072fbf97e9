package dev.cairn.tests.crash;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.cairn.store.io.MemoryDirectory;
import dev.cairn.store.io.StoreDirectory;
import dev.cairn.tests.Settings;
import dev.cairn.tools.capture.AttachFile;
import dev.cairn.tools.capture.AttachFile.Content;
import dev.cairn.tools.capture.AttachFile.Phase;
import dev.cairn.tools.capture.ScriptedCapture;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/**
 * The power goes at every moment of an attach file's life: it is the old one, the new one, or not
 * there, and never one that a rescue would refuse.
 */
class AttachFileCrashTest {
  private static final int SAMPLES = 200;

  private final DiskLog log = new DiskLog();
  private final List<Optional<Content>> models = new ArrayList<>();

  AttachFileCrashTest() throws IOException {
    MemoryDirectory disk = MemoryDirectory.create();
    AttachFile file =
        ScriptedCapture.attachFile(
            "vm", () -> new RecordingDirectory(disk.asProcess("capture"), log));
    acknowledge(Optional.empty());
    write(file, content(Phase.ATTACHING));
    for (int point = 0; point < 2; point++) {
      write(file, content(Phase.ATTACHED));
      write(file, content(Phase.MIGRATING));
    }
    file.delete();
    acknowledge(Optional.empty());
    write(file, content(Phase.ATTACHING));
    write(file, content(Phase.STOPPED));
  }

  private void write(AttachFile file, Content content) throws IOException {
    file.write(content);
    acknowledge(Optional.of(content));
  }

  private void acknowledge(Optional<Content> model) {
    models.add(model);
    log.acknowledged(models.size() - 1);
  }

  private static Content content(Phase phase) {
    return new Content(
        "vm",
        "colo",
        phase,
        Path.of("/run/qmp"),
        4711,
        815,
        "cairn-capture",
        2000,
        JsonNodeFactory.instance.objectNode().put("x-colo", false),
        JsonNodeFactory.instance.objectNode().put("max-bandwidth", 1 << 27),
        List.of("/disks/overlay.qcow2"));
  }

  @Test
  void whatIsThereIsWhatWasWrittenOrIsBeingWritten() {
    CrashStates states = new CrashStates("attach file", log.events(), this::check, Settings.seed());
    assertEquals(Optional.empty(), states.run(SAMPLES * Settings.soak()));
    System.out.printf("crash states: %d distinct of the attach file%n", states.count());
  }

  @Test
  void withoutItsSyncsItIsNot() {
    for (Class<?> sync : List.of(DiskEvent.SyncFile.class, DiskEvent.SyncDirectory.class)) {
      List<DiskEvent> events = new ArrayList<>(log.events());
      events.removeIf(sync::isInstance);
      assertTrue(
          new CrashStates("broken", events, this::check, 5).run(SAMPLES).isPresent(),
          sync::getSimpleName);
    }
  }

  private void check(MemoryDirectory disk, int acknowledged, boolean thoroughly)
      throws IOException {
    AttachFile file = ScriptedCapture.attachFile("vm", () -> disk.asProcess("rescue"));
    Optional<Content> found = file.read();
    List<Optional<Content>> allowed =
        models.subList(acknowledged, Math.min(models.size(), acknowledged + 2));
    if (!allowed.contains(found)) {
      throw new AssertionError("found " + found + ", and there may be " + allowed);
    }
    Content next = content(Phase.ATTACHING);
    file.write(next);
    if (!file.read().equals(Optional.of(next))) {
      throw new AssertionError("the next capture's is another one");
    }
    try (StoreDirectory run = disk.asProcess("looks").openDirectory("run")) {
      if (!run.list().equals(List.of("capture-vm.json"))) {
        throw new AssertionError("left over: " + run.list());
      }
    }
  }
}
