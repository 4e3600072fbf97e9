package dev.cairn.tools.capture;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.cairn.store.BadInputException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What a capture has changed in a running QEMU, in a file: {@code run/capture-CHAIN.json} of the
 * store, 0600, durable before the change that it tells of is made. Who rescues a guest acts on this
 * file alone. Each write replaces it at once: a reader sees the one before or the new one.
 * Thread-safe.
 */
public final class AttachFile {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final long MOST_BYTES = 1 << 20;

  /** How far it is. Words on disk are {@link #word}. */
  public enum Phase {
    /** Nothing is changed: settings are about to be. */
    ATTACHING("attaching"),
    /** Settings may be changed; no migration of ours is open, and the guest is not paused by us. */
    ATTACHED("attached"),
    /** A migration of ours may be open, and may have paused the guest. */
    MIGRATING("migrating"),
    /** The guest may be stopped by our {@code stop}. */
    STOPPED("stopped");

    private final String word;

    Phase(String word) {
      this.word = word;
    }

    public String word() {
      return word;
    }
  }

  /**
   * What the file says. Immutable.
   *
   * @param chain name of the chain
   * @param mode that is under way: colo, stream or shared
   * @param qmp path of QEMU's QMP socket
   * @param qemuPid process id of QEMU, 0 if it is not known
   * @param qemuStart its start time as in field 22 of {@code /proc/PID/stat}, 0 if it is not known
   * @param descriptorName as given to {@code getfd}; the migration's URI is {@code fd:} and this
   * @param maxPauseMillis {@code --max-pause}
   * @param capabilities old values of exactly the migration capabilities that were changed: an
   *     object of booleans by name
   * @param parameters old values of exactly the migration parameters that were changed: an object,
   *     as {@code migrate-set-parameters} takes it
   * @param overlays paths of overlays that disk pairs have made, for points that are not yet
   *     durable
   */
  public record Content(
      String chain,
      String mode,
      Phase phase,
      Path qmp,
      long qemuPid,
      long qemuStart,
      String descriptorName,
      long maxPauseMillis,
      JsonNode capabilities,
      JsonNode parameters,
      List<String> overlays) {
    public Content {
      overlays = List.copyOf(overlays);
    }

    /** The same in another phase. */
    public Content in(Phase next) {
      return new Content(
          chain,
          mode,
          next,
          qmp,
          qemuPid,
          qemuStart,
          descriptorName,
          maxPauseMillis,
          capabilities,
          parameters,
          overlays);
    }

    public Duration maxPause() {
      return Duration.ofMillis(maxPauseMillis);
    }
  }

  private final Path path;

  /** Names the file; touches nothing. */
  public AttachFile(Path path) {
    this.path = path;
  }

  /** Returns the file of a chain in a store's directory. */
  public static AttachFile of(Path store, String chain) {
    return new AttachFile(store.resolve("run").resolve("capture-" + chain + ".json"));
  }

  public Path path() {
    return path;
  }

  /** Makes a content the file's, durably. */
  public synchronized void write(Content content) throws IOException {
    Path directory = path.toAbsolutePath().getParent();
    if (directory == null) {
      throw new IOException(path + " lies in no directory");
    }
    if (!Files.isDirectory(directory)) {
      Files.createDirectory(
          directory,
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    }
    Path part = directory.resolve(path.getFileName() + ".tmp");
    Files.deleteIfExists(part);
    try (FileChannel out =
        FileChannel.open(
            part,
            Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")))) {
      ByteBuffer bytes = ByteBuffer.wrap(encode(content));
      while (bytes.hasRemaining()) {
        out.write(bytes);
      }
      out.force(true);
    }
    Files.move(part, path, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    sync(directory);
  }

  /**
   * Reads the file; nothing if there is none.
   *
   * @throws BadInputException if it is not what {@link #write} writes
   */
  public Optional<Content> read() throws IOException {
    byte[] bytes;
    try {
      if (Files.size(path) > MOST_BYTES) {
        throw bad("length", "at most " + MOST_BYTES, Long.toString(Files.size(path)));
      }
      bytes = Files.readAllBytes(path);
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
    try {
      return Optional.of(decode(JSON.readTree(bytes)));
    } catch (JsonProcessingException e) {
      throw bad("content", "JSON", "other bytes");
    }
  }

  /** Takes it away, durably: all is put back. */
  public synchronized void delete() throws IOException {
    if (Files.deleteIfExists(path)) {
      Path directory = path.toAbsolutePath().getParent();
      if (directory != null) {
        sync(directory);
      }
    }
  }

  private static void sync(Path directory) throws IOException {
    try (FileChannel opened = FileChannel.open(directory, StandardOpenOption.READ)) {
      opened.force(true);
    }
  }

  private static byte[] encode(Content content) throws IOException {
    ObjectNode json = JSON.createObjectNode();
    json.put("version", 1);
    json.put("chain", content.chain());
    json.put("mode", content.mode());
    json.put("phase", content.phase().word());
    json.put("qmp", content.qmp().toString());
    json.put("qemuPid", content.qemuPid());
    json.put("qemuStart", content.qemuStart());
    json.put("descriptorName", content.descriptorName());
    json.put("maxPauseMillis", content.maxPauseMillis());
    json.set("capabilities", content.capabilities());
    json.set("parameters", content.parameters());
    ArrayNode overlays = json.putArray("overlays");
    content.overlays().forEach(overlays::add);
    return JSON.writerWithDefaultPrettyPrinter().writeValueAsBytes(json);
  }

  private Content decode(JsonNode json) throws BadInputException {
    if (json.path("version").asInt() != 1) {
      throw bad("version", "1", json.path("version").toString());
    }
    List<String> overlays = new ArrayList<>();
    for (JsonNode overlay : json.path("overlays")) {
      overlays.add(overlay.asText());
    }
    return new Content(
        text(json, "chain"),
        text(json, "mode"),
        phase(text(json, "phase")),
        Path.of(text(json, "qmp")),
        json.path("qemuPid").asLong(),
        json.path("qemuStart").asLong(),
        text(json, "descriptorName"),
        json.path("maxPauseMillis").asLong(),
        object(json, "capabilities"),
        object(json, "parameters"),
        overlays);
  }

  private Phase phase(String word) throws BadInputException {
    for (Phase phase : Phase.values()) {
      if (phase.word().equals(word)) {
        return phase;
      }
    }
    throw bad("phase", "a known one", word);
  }

  private String text(JsonNode json, String field) throws BadInputException {
    if (!json.path(field).isTextual()) {
      throw bad(field, "a text", json.path(field).getNodeType().toString());
    }
    return json.path(field).textValue();
  }

  private JsonNode object(JsonNode json, String field) throws BadInputException {
    if (!json.path(field).isObject()) {
      throw bad(field, "an object", json.path(field).getNodeType().toString());
    }
    return json.path(field);
  }

  private BadInputException bad(String what, String expected, String found) {
    return new BadInputException(
        path
            + ": "
            + what
            + " at offset 0: expected "
            + expected
            + ", found "
            + found
            + "; look at QEMU by hand: query-migrate, query-status");
  }
}
