package dev.cairn.chain;

import dev.cairn.chain.manifest.Manifest;
import dev.cairn.chain.manifest.ManifestCodec;
import dev.cairn.store.BadInputException;
import dev.cairn.store.CorruptFileException;
import dev.cairn.store.Id;
import dev.cairn.store.file.FileName;
import dev.cairn.store.io.StoreDirectory;
import dev.cairn.store.io.StoreInput;
import dev.cairn.store.io.StoreOutput;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.NoSuchFileException;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The name MANIFEST of a chain's directory, and the spare beside it. Thread-safe; who publishes
 * holds LOCK.
 *
 * <p>Steps: chain/FORMAT.md, Commit. What the spare is for: the same page, Repair.
 */
final class ManifestFile {
  static final String NAME = "MANIFEST";
  static final String SPARE = "MANIFEST.spare";
  private static final String TMP = "MANIFEST.tmp";

  private final StoreDirectory directory;
  private volatile @Nullable Read last;

  /** Guarded by LOCK: whether the spare has not the text that was published here last. */
  private boolean spareIsBehind;

  /** A manifest and its one text: who reads the same text again need not parse it. Immutable. */
  private static final class Read {
    private final byte[] text;
    private final Manifest manifest;

    Read(byte[] text, Manifest manifest) {
      this.text = text;
      this.manifest = manifest;
    }
  }

  /**
   * A manifest to go on with.
   *
   * @param damage why it is not MANIFEST's; empty if it is
   */
  record Sound(Manifest manifest, Optional<CorruptFileException> damage) {}

  /** Which manifest is in place, or would be after a power cut, is not known. */
  static final class UnknownOutcomeException extends IOException {
    private static final long serialVersionUID = 1;

    UnknownOutcomeException(String file, IOException cause) {
      super(file + ": may have been published, or not: " + cause.getMessage(), cause);
    }
  }

  ManifestFile(StoreDirectory directory) {
    this.directory = directory;
  }

  /** Tells whether a file says that its directory is a chain's. */
  static boolean isOfChain(String file) {
    return file.equals(NAME) || file.equals(SPARE) || FileName.parse(file).isPresent();
  }

  String path() {
    return path(NAME);
  }

  private String path(String file) {
    return directory.path() + "/" + file;
  }

  /**
   * Reads the manifest as it is now.
   *
   * @throws NoSuchFileException if there is none
   */
  Manifest read() throws IOException {
    byte[] text = text(NAME);
    Read read = last;
    if (read == null || !Arrays.equals(read.text, text)) {
      read = new Read(text, ManifestCodec.decode(path(), text));
      last = read;
    }
    return read.manifest;
  }

  private byte[] text(String file) throws IOException {
    try (StoreInput in = directory.open(file)) {
      long length = in.length();
      if (length > ManifestCodec.MOST_BYTES) {
        throw new CorruptFileException(
            path(file), "length", 0, "≤ " + ManifestCodec.MOST_BYTES, length);
      }
      byte[] bytes = new byte[(int) length];
      in.read(0, MemorySegment.ofArray(bytes));
      return bytes;
    }
  }

  /**
   * Reads the manifest, or the spare if that one is lost.
   *
   * @throws NoSuchFileException if neither is there
   * @throws CorruptFileException if neither is sound
   */
  Sound sound() throws IOException {
    Optional<Manifest> spare = spare();
    Manifest own;
    try {
      own = read();
    } catch (CorruptFileException e) {
      return new Sound(spare.orElseThrow(() -> e), Optional.of(e));
    } catch (NoSuchFileException e) {
      return new Sound(spare.orElseThrow(() -> e), Optional.of(missing(NAME)));
    }
    if (spare.isPresent() && isForeign(own, spare.get())) {
      CorruptFileException foreign =
          new CorruptFileException(
              path(), "chain", 0, chain(spare.get()) + ", as the spare says", chain(own));
      return new Sound(spare.get(), Optional.of(foreign));
    }
    return new Sound(own, Optional.empty());
  }

  /** Somebody put another chain's manifest here: its files are not here, but the spare's are. */
  private boolean isForeign(Manifest own, Manifest spare) throws IOException {
    if (chain(own).equals(chain(spare)) || spare.files().isEmpty()) {
      return false;
    }
    Set<String> names = new HashSet<>(directory.list());
    return names.containsAll(FileExpirer.named(spare))
        && !names.containsAll(FileExpirer.named(own));
  }

  private static Id chain(Manifest manifest) {
    return manifest.identity().chain();
  }

  /** Whatever hinders to read it: it is not needed as long as MANIFEST is sound. */
  private Optional<Manifest> spare() throws InterruptedIOException {
    try {
      return Optional.of(readSpare());
    } catch (CorruptFileException e) {
      return Optional.empty(); // see spareDamage
    }
  }

  private Manifest readSpare() throws CorruptFileException, InterruptedIOException {
    try {
      return ManifestCodec.decode(path(SPARE), text(SPARE));
    } catch (CorruptFileException | InterruptedIOException e) {
      throw e;
    } catch (NoSuchFileException e) {
      throw missing(SPARE);
    } catch (IOException e) {
      throw new CorruptFileException(
          path(SPARE), "file", 0, "a manifest", String.valueOf(e.getMessage()));
    }
  }

  /** Returns why the spare could not take the place of MANIFEST; one commit behind it may be. */
  Optional<CorruptFileException> spareDamage() throws IOException {
    Manifest own = read();
    Manifest spare;
    try {
      spare = readSpare();
    } catch (CorruptFileException e) {
      return Optional.of(e);
    }
    if (!chain(own).equals(chain(spare))) {
      return Optional.of(differs("chain", chain(own), chain(spare)));
    }
    return own.generation() - 1 <= spare.generation()
        ? Optional.empty()
        : Optional.of(differs("generation", own.generation(), spare.generation()));
  }

  private CorruptFileException differs(String what, Object expected, Object actual) {
    return new CorruptFileException(path(SPARE), what, 0, expected, actual);
  }

  /**
   * Returns why MANIFEST is not the newest: its spare, which is written when it is durable, is
   * newer. So somebody put an older one back, or copied the two while they changed.
   */
  Optional<CorruptFileException> rollback() throws IOException {
    Optional<Manifest> spare = spare();
    Manifest own = read();
    return spare
        .filter(newer -> chain(newer).equals(chain(own)))
        .filter(newer -> newer.generation() > own.generation())
        .map(
            newer ->
                new CorruptFileException(
                    path(),
                    "generation",
                    0,
                    newer.generation() + ", as the spare says",
                    own.generation()));
  }

  private CorruptFileException missing(String file) {
    return new CorruptFileException(path(file), "file", 0, "a manifest", "no such file");
  }

  /** Makes a manifest the one that the name MANIFEST stands for. */
  void publish(Manifest next) throws IOException {
    byte[] text = ManifestCodec.encode(next);
    if (text.length > ManifestCodec.MOST_BYTES) {
      throw new BadInputException(
          path()
              + ": would have "
              + text.length
              + " bytes, at most "
              + ManifestCodec.MOST_BYTES
              + " are read; compact the chain, or take labels and pins away");
    }
    write(text, true);
    try {
      directory.rename(TMP, NAME);
      directory.sync();
    } catch (IOException e) {
      throw new UnknownOutcomeException(path(), e);
    }
    last = new Read(text, next);
    spareIsBehind = true;
    trySpare();
  }

  /** Writes the spare if the last attempt found no room; never fails. The caller holds LOCK. */
  void trySpare() {
    try {
      Read now = last;
      if (spareIsBehind && now != null) {
        writeSpare(now.text);
        spareIsBehind = false;
      }
    } catch (IOException e) {
      // The manifest is durable; the next commit writes the spare anew, and verify tells of it.
    }
  }

  /**
   * Writes the text of MANIFEST once more, if the spare has another one. The caller holds LOCK, and
   * knows that MANIFEST is the newest.
   */
  void renewSpare() throws IOException {
    byte[] text = text(NAME);
    if (spareDamage().isPresent() || !Arrays.equals(text, text(SPARE))) {
      directory.sync(); // who published MANIFEST may have died before: a spare is never newer
      writeSpare(text);
    }
  }

  private void writeSpare(byte[] text) throws IOException {
    try {
      write(text, false);
      directory.rename(TMP, SPARE);
    } catch (IOException e) {
      giveBackRoom(e);
      throw e;
    }
  }

  /** The next manifest needs the room; it deletes what is left here. */
  private void giveBackRoom(IOException failure) {
    try {
      deleteTemporary();
    } catch (IOException e) {
      failure.addSuppressed(e);
    }
  }

  private void deleteTemporary() throws IOException {
    if (directory.exists(TMP)) {
      directory.delete(TMP);
    }
  }

  private void write(byte[] text, boolean sync) throws IOException {
    deleteTemporary();
    try (StoreOutput out = directory.create(TMP)) {
      out.write(0, MemorySegment.ofArray(text));
      if (sync) {
        out.sync();
      }
    }
  }
}
