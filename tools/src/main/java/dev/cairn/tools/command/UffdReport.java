package dev.cairn.tools.command;

import dev.cairn.tools.uffd.Door;
import dev.cairn.tools.uffd.DoorEvent;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;

/** Tells people, or machines by lines of JSON, what a page-fault server does. Thread-safe. */
final class UffdReport implements Consumer<DoorEvent> {
  private final Console console;
  private final String point;

  /**
   * Makes one.
   *
   * @param point as people name it
   */
  UffdReport(Console console, String point) {
    this.console = console;
    this.point = point;
  }

  @Override
  public synchronized void accept(DoorEvent event) {
    switch (event) {
      case DoorEvent.Listening e -> {
        console.note(
            "%s: serving page faults at %s%s",
            point,
            e.socket(),
            e.vms() == 0
                ? ""
                : ", and going on with " + Console.count(e.vms(), "VM") + " of a server before");
        object("listening", Map.of("socket", e.socket().toString(), "vms", e.vms()));
      }
      case DoorEvent.Began e -> {
        console.note(
            "VM %d, process %d: %s in %s%s",
            e.vm(),
            e.pid(),
            Console.bytes(e.bytes()),
            Console.count(e.regions(), "region"),
            e.again() ? ", where the server before left it" : "");
        Map<String, Object> row = new LinkedHashMap<>();
        row.put("vm", e.vm());
        row.put("pid", e.pid());
        row.put("bytes", e.bytes());
        row.put("regions", e.regions());
        row.put("resumed", e.again());
        object("vm", row);
      }
      case DoorEvent.Whole e -> {
        console.note("VM %d has all its memory", e.vm());
        object("whole", Map.of("vm", e.vm()));
      }
      case DoorEvent.Stuck e -> {
        console.warn("VM " + e.vm() + " waits: " + e.why());
        object("stuck", row(e.vm(), e.why()));
      }
      case DoorEvent.Refused e -> {
        console.warn("VM " + e.vm() + " is refused: " + e.why());
        object("refused", row(e.vm(), e.why()));
      }
      case DoorEvent.Ended e -> ended(e);
      case DoorEvent.Warning e -> {
        console.warn(e.text());
        object("warning", Map.of("text", e.text()));
      }
    }
  }

  private void ended(DoorEvent.Ended e) {
    String how = e.gone() ? "is gone" : "waits for the next server";
    if (!e.why().isEmpty()) {
      console.warn("VM " + e.vm() + " cannot be served any more: " + e.why());
    }
    console.note("VM %d %s: %s", e.vm(), how, e.text());
    Map<String, Object> row = row(e.vm(), e.why());
    row.put("gone", e.gone());
    row.putAll(e.numbers());
    object("end", row);
  }

  /** Tells what was done for all. */
  synchronized void summary(Door.Outcome outcome) {
    console.note("%s: %s", point, outcome.text());
    Map<String, Object> row = new LinkedHashMap<>();
    row.put("vmsLeft", outcome.left());
    row.putAll(outcome.numbers());
    object("summary", row);
  }

  private static Map<String, Object> row(long vm, String why) {
    Map<String, Object> row = new LinkedHashMap<>();
    row.put("vm", vm);
    row.put("why", why);
    return row;
  }

  private void object(String type, Map<String, Object> values) {
    Map<String, Object> row = new LinkedHashMap<>();
    row.put("message_type", type);
    row.put("point", point);
    row.putAll(values);
    console.object(row);
  }
}
