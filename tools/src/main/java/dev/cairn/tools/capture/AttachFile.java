package dev.cairn.tools.capture;

import com.fasterxml.jackson.databind.JsonNode;
import dev.cairn.store.BadInputException;
import dev.cairn.store.io.FileSystemDirectory;
import dev.cairn.store.io.FileSystemOptions;
import dev.cairn.store.io.StoreDirectory;
import dev.cairn.store.io.StoreInput;
import dev.cairn.store.io.StoreOutput;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * What a capture has changed in a running QEMU, in a file: {@code run/capture-CHAIN.json} of the
 * store, 0600, durable before the change that it tells of is made. Who rescues a guest acts on this
 * file alone. Each write replaces it at once: a reader sees the one before or the new one.
 * Thread-safe.
 */
public final class AttachFile {
  private static final int MOST_BYTES = 1 << 20;

  /** Whether the file system is fit for a store was asked when the store was opened. */
  private static final FileSystemOptions OPTIONS =
      FileSystemOptions.standard().withUnsafeFileSystem(true);

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
   * @param overlays paths of overlays that disk pairs have made, for points that are not durable:
   *     not yet, or dropped
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

  /** Opens the store's directory. */
  @FunctionalInterface
  interface Root {
    StoreDirectory open() throws IOException;
  }

  private final Path path;
  private final Root root;
  private final String directory;
  private final String name;

  /**
   * Names the file; touches nothing.
   *
   * @param path whose directory is made when it is written; that one's must be there
   */
  public AttachFile(Path path) {
    this(path, () -> FileSystemDirectory.open(store(path), OPTIONS));
  }

  private static Path store(Path path) {
    Path parent = Objects.requireNonNull(path.toAbsolutePath().getParent(), "lies in a directory");
    return Objects.requireNonNull(parent.getParent(), "lies in a directory of a store");
  }

  /** The same, in a store that somebody else opens. */
  AttachFile(Path path, Root root) {
    this.path = path.toAbsolutePath();
    this.root = root;
    Path parent = Objects.requireNonNull(this.path.getParent(), "lies in a directory");
    this.directory = String.valueOf(parent.getFileName());
    this.name = String.valueOf(path.getFileName());
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
    byte[] bytes = AttachText.encode(content);
    if (bytes.length > MOST_BYTES) {
      throw new IOException(path + ": more than " + MOST_BYTES + " bytes: too many overlays");
    }
    String part = part();
    try (StoreDirectory run = makeRun()) {
      dropPart(run);
      try (StoreOutput out = run.create(part)) {
        out.write(0, MemorySegment.ofArray(bytes));
        out.sync();
      }
      run.rename(part, name);
      run.sync();
    }
  }

  /**
   * Reads the file; nothing if there is none.
   *
   * @throws BadInputException if it is not what {@link #write} writes
   */
  public Optional<Content> read() throws IOException {
    byte[] bytes;
    try (StoreDirectory run = openRun();
        StoreInput in = run.open(name)) {
      if (in.length() > MOST_BYTES) {
        throw AttachText.bad(path, "length", "at most " + MOST_BYTES + " bytes", in.length());
      }
      bytes = new byte[(int) in.length()];
      in.read(0, MemorySegment.ofArray(bytes));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
    return Optional.of(AttachText.decode(path, bytes));
  }

  /** Takes it away, durably: all is put back. */
  public synchronized void delete() throws IOException {
    try (StoreDirectory run = openRun()) {
      dropPart(run);
      run.delete(name);
      run.sync();
    } catch (NoSuchFileException e) {
      // Another one was faster.
    }
  }

  private String part() {
    return name + ".tmp";
  }

  /** A writer that died has left it. */
  private void dropPart(StoreDirectory run) throws IOException {
    if (run.exists(part())) {
      run.delete(part());
    }
  }

  private StoreDirectory openRun() throws IOException {
    try (StoreDirectory store = root.open()) {
      return store.openDirectory(directory);
    }
  }

  private StoreDirectory makeRun() throws IOException {
    try (StoreDirectory store = root.open()) {
      return store.exists(directory)
          ? store.openDirectory(directory)
          : store.makeDirectory(directory);
    }
  }
}
