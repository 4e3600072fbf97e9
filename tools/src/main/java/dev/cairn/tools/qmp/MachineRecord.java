package dev.cairn.tools.qmp;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.cfg.JsonNodeFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.cairn.store.BadInputException;
import dev.cairn.store.RefusedException;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * What machine a device state belongs to, as far as its QEMU says: what a migration stream does not
 * check. JSON, in the device-state section {@link #SECTION}. Immutable.
 *
 * <p>Keys: {@code format}; {@code qemu} (version, package); {@code machine}, {@code arch}, {@code
 * accelerator}; {@code cpus} (index, topology, and the number of its model in {@code cpuModels}:
 * type and non-zero feature words); {@code memoryBytes}, {@code ram} (block, pageBytes, usedBytes,
 * mostBytes, readOnly, backend); {@code uuid}, {@code vmgenid}; {@code devices} (type, id) and
 * {@code pci}; {@code nics}; {@code blocks}; {@code commandLine}, secrets blanked; {@code unknown}:
 * what QEMU could not say.
 */
public final class MachineRecord {
  /** Name of the section of a device state. */
  public static final String SECTION = "machine";

  /** Version of the section. */
  public static final int FORMAT = 1;

  /** A machine of a thousand vCPUs has some hundred kilobytes. */
  private static final int MOST_BYTES = 16 << 20;

  private static final JsonMapper JSON =
      JsonMapper.builder(
              JsonFactory.builder()
                  .streamReadConstraints(
                      StreamReadConstraints.builder().maxNestingDepth(20).build())
                  .build())
          .enable(JsonNodeFeature.WRITE_PROPERTIES_SORTED)
          .build();

  private final ObjectNode record;

  private MachineRecord(ObjectNode record) {
    this.record = record;
  }

  /**
   * Asks a QEMU; the guest may run or not.
   *
   * @param patience for all questions together
   */
  public static MachineRecord read(Qmp qmp, Duration patience) throws IOException {
    return new MachineRecord(MachineReader.read(qmp, patience));
  }

  /** Reads what {@link #bytes} returned. */
  public static MachineRecord parse(byte[] bytes) throws IOException {
    if (bytes.length > MOST_BYTES) {
      throw bad("length", "at most " + MOST_BYTES, bytes.length);
    }
    JsonNode json;
    try {
      json = JSON.readTree(bytes);
    } catch (IOException e) {
      throw bad("content", "JSON", e.getClass().getSimpleName());
    }
    if (!(json instanceof ObjectNode object)) {
      throw bad("content", "a JSON object", json.getNodeType());
    }
    if (object.path("format").asInt() != FORMAT) {
      throw new RefusedException(
          "machine record: format: expected "
              + FORMAT
              + ", found "
              + QmpWords.shown(object.path("format").toString())
              + "; use a newer Cairn");
    }
    return new MachineRecord(object);
  }

  private static BadInputException bad(String what, Object expected, Object found) {
    return new BadInputException(
        "machine record: "
            + what
            + ": expected "
            + expected
            + ", found "
            + found
            + "; the section is damaged: see cairn verify");
  }

  /** Returns the record as it is stored; each time the same of a QEMU that has not changed. */
  public byte[] bytes() {
    try {
      return JSON.writeValueAsBytes(record);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Returns the record, for a reader who takes it apart; a copy. */
  public ObjectNode json() {
    return record.deepCopy();
  }

  /** Returns what QEMU could not say, a line for each. */
  public List<String> unknown() {
    List<String> lines = new ArrayList<>();
    record.path("unknown").forEach(each -> lines.add(QmpWords.shown(each.asText())));
    return lines;
  }

  /** Tells whether the machine has a device that tells its guest that it was cloned. */
  public boolean hasGenerationId() {
    return !record.path("vmgenid").asText().isEmpty();
  }

  /**
   * Compares with the machine that is to take this one's state.
   *
   * @return each thing in which a state of this machine would be wrong there; empty if none is
   *     known
   */
  public List<MachineDifference> differences(MachineRecord other) {
    return new MachineComparison(record, other.record).differences();
  }

  /** Returns what {@link #differences} cannot compare, as one of both does not tell it. */
  public List<String> notCompared(MachineRecord other) {
    return new MachineComparison(record, other.record).notCompared();
  }

  /**
   * Returns the words of a line that starts such a QEMU, to be fed: {@code -incoming {incoming}} at
   * its end. Secrets are {@code ***}. Without QEMU's own line only what is known, which may not be
   * all.
   */
  public List<String> command() {
    List<String> words = new ArrayList<>();
    record.path("commandLine").forEach(word -> words.add(word.asText()));
    List<String> start =
        words.isEmpty() ? knownWords() : new ArrayList<>(CommandLine.startWords(words));
    start.add("-incoming");
    start.add("{incoming}");
    return start;
  }

  private List<String> knownWords() {
    List<String> words = new ArrayList<>();
    String arch = record.path("arch").asText("x86_64");
    words.add("qemu-system-" + arch);
    addOption(words, "-machine", record.path("machine").asText());
    addOption(words, "-accel", record.path("accelerator").asText());
    String type = record.path("cpuModels").path(0).path("type").asText();
    addOption(words, "-cpu", type.replaceFirst("-" + arch + "-cpu$", ""));
    long memory = record.path("memoryBytes").asLong();
    addOption(words, "-m", memory == 0 ? "" : (memory >> 10) + "K");
    int cpus = record.path("cpus").size();
    addOption(words, "-smp", cpus == 0 ? "" : Integer.toString(cpus));
    addOption(words, "-uuid", record.path("uuid").asText());
    return words;
  }

  private static void addOption(List<String> words, String option, String value) {
    if (!value.isEmpty()) {
      words.add(option);
      words.add(value);
    }
  }

  /** Returns {@link #command} as a shell reads it. */
  public String commandLine() {
    StringBuilder line = new StringBuilder();
    for (String word : command()) {
      boolean plain = word.matches("[A-Za-z0-9_@%+=:,./{}-]+");
      String safe = plain ? word : "'" + word.replace("'", "'\\''") + "'";
      line.append(line.isEmpty() ? "" : " ").append(safe);
    }
    return line.toString();
  }
}
