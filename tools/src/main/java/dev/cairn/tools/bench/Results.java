package dev.cairn.tools.bench;

import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The rows of one run, in the order in which they came. Not thread-safe. */
public final class Results {
  /** A row, and of what. */
  record Entry(String work, String part, Row row) {}

  private final Machine machine;
  private final List<String> command;
  private final Instant start;
  private final List<Entry> entries = new ArrayList<>();

  /**
   * @param command that this run was started by
   */
  public Results(Machine machine, List<String> command, Instant start) {
    this.machine = machine;
    this.command = List.copyOf(command);
    this.start = start;
  }

  /** Takes a row. */
  public void add(String work, String part, Row row) {
    entries.add(new Entry(work, part, row));
  }

  List<Entry> entries() {
    return List.copyOf(entries);
  }

  Machine machine() {
    return machine;
  }

  String command() {
    return String.join(" ", command);
  }

  Instant start() {
    return start;
  }

  /** Returns all of it for machines: the machine first, then the rows. */
  public List<Map<String, Object>> json() {
    List<Map<String, Object>> lines = new ArrayList<>();
    Map<String, Object> first = new LinkedHashMap<>(machine.json());
    first.put("time", start.toString());
    first.put("command", command());
    lines.add(first);
    entries.forEach(entry -> lines.add(entry.row.json(entry.work, entry.part)));
    return lines;
  }
}
