package dev.cairn.chain.catalog;

import java.io.Closeable;
import java.io.IOException;
import java.util.Arrays;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.rocksdb.InfoLogLevel;
import org.rocksdb.Options;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.rocksdb.Status;
import org.rocksdb.WriteBatch;
import org.rocksdb.WriteOptions;

/**
 * An open RocksDB database: the one place that knows RocksDB. Not thread-safe.
 *
 * <p>RocksDB's native library is loaded by the first one to be opened, not before: it is unpacked
 * into the JVM's temporary directory, which takes about 0.1 s.
 */
final class CatalogDb implements Closeable {
  /** Somebody who is not Cairn holds RocksDB's own lock. */
  static final class HeldException extends IOException {
    private static final long serialVersionUID = 1;

    HeldException(String message, Throwable cause) {
      super(message, cause);
    }
  }

  /** Takes the rows of a range one by one. */
  @FunctionalInterface
  interface Rows {
    void row(byte[] key, byte[] value) throws IOException;
  }

  private static final long MEMTABLE_BYTES = 4L << 20;
  private static final long LOG_BYTES = 1L << 20;

  /** Keys after which a change is written as far as it has come: about 1 MiB. */
  static final int BATCH_KEYS = 8192;

  private static final byte[] UNFINISHED = {};

  private final Options options;
  private final RocksDB db;

  private CatalogDb(Options options, RocksDB db) {
    this.options = options;
    this.db = db;
  }

  /**
   * Opens a database for writing, or makes it.
   *
   * @throws CatalogDamagedException if it cannot be opened as it is
   * @throws HeldException if another process has it open for writing
   */
  static CatalogDb open(String path) throws IOException {
    return open(path, RocksDB::open);
  }

  /** Opens a database as it is now, beside whoever writes it. */
  static CatalogDb openReadOnly(String path) throws IOException {
    return open(path, RocksDB::openReadOnly);
  }

  @FunctionalInterface
  private interface Opener {
    RocksDB open(Options options, String path) throws RocksDBException;
  }

  private static CatalogDb open(String path, Opener opener) throws IOException {
    load();
    // Few and small background tasks: a checkpoint's process lives for a second.
    Options options =
        new Options()
            .setCreateIfMissing(true)
            .setWriteBufferSize(MEMTABLE_BYTES)
            .setMaxBackgroundJobs(1)
            .setInfoLogLevel(InfoLogLevel.WARN_LEVEL)
            .setKeepLogFileNum(1)
            .setMaxLogFileSize(LOG_BYTES);
    boolean done = false;
    try {
      CatalogDb result = new CatalogDb(options, opener.open(options, path));
      done = true;
      return result;
    } catch (RocksDBException e) {
      String message = String.valueOf(e.getMessage());
      // RocksDB's own words, not the kernel's; it has no code for this.
      if (message.contains("While lock file") || message.contains("lock hold by current process")) {
        throw new HeldException(path + ": " + message, e);
      }
      throw failure(path, e);
    } finally {
      if (!done) {
        options.close();
      }
    }
  }

  private static void load() throws IOException {
    try {
      RocksDB.loadLibrary();
    } catch (LinkageError | RuntimeException e) {
      // A full or noexec temporary directory, or a machine that RocksDB has no library for.
      throw new IOException("RocksDB's native library cannot be loaded: " + e.getMessage(), e);
    }
  }

  /** Damage is told from other failures, such as a full disk: only damage is thrown away. */
  private static IOException failure(String path, RocksDBException e) {
    String message = path + ": " + e.getMessage();
    return isDamage(e.getStatus())
        ? new CatalogDamagedException(message, e)
        : new IOException(message, e);
  }

  private static boolean isDamage(@Nullable Status status) {
    if (status == null) {
      return false;
    }
    return switch (status.getCode()) {
      case Corruption, NotFound, NotSupported, InvalidArgument -> true;
      // A file that should be there and is not: a sub-code that the Java side does not know.
      case IOError -> status.getSubCode() == Status.SubCode.Undefined;
      default -> false;
    };
  }

  Optional<byte[]> get(byte[] key) throws IOException {
    try {
      return Optional.ofNullable(db.get(key));
    } catch (RocksDBException e) {
      throw failure("catalog", e);
    }
  }

  /** Tells of all rows from bounds[0] to bounds[1], the latter excluded, as they are now. */
  void scan(byte[][] bounds, Rows rows) throws IOException {
    try (RocksIterator at = db.newIterator()) {
      for (at.seek(bounds[0]);
          at.isValid() && Arrays.compareUnsigned(at.key(), bounds[1]) < 0;
          at.next()) {
        rows.row(at.key(), at.value());
      }
      at.status();
    } catch (RocksDBException e) {
      throw failure("catalog", e);
    }
  }

  /** Begins a change. The caller closes it. */
  Change change(byte[] stateKey) {
    return change(stateKey, BATCH_KEYS);
  }

  /**
   * Begins a change. The caller closes it.
   *
   * @param batchKeys after which it is written as far as it has come
   */
  Change change(byte[] stateKey, int batchKeys) {
    return new Change(stateKey, batchKeys);
  }

  /**
   * Rows to be put and deleted together with the row that vouches for them. While a change is too
   * large for one write that row is empty, so that it vouches for nothing that is half written.
   * {@link #spill} ends what must not be torn apart by that.
   */
  final class Change implements Closeable {
    private final byte[] stateKey;
    private final int batchKeys;
    private final WriteBatch batch = new WriteBatch();

    private Change(byte[] stateKey, int batchKeys) {
      this.stateKey = stateKey;
      this.batchKeys = batchKeys;
    }

    void put(byte[] key, byte[] value) throws IOException {
      try {
        batch.put(key, value);
      } catch (RocksDBException e) {
        throw failure("catalog", e);
      }
    }

    void delete(byte[] key) throws IOException {
      try {
        batch.delete(key);
      } catch (RocksDBException e) {
        throw failure("catalog", e);
      }
    }

    /** Tells that what was put and deleted since the last call is whole: it may be written now. */
    void spill() throws IOException {
      if (batch.count() < batchKeys) {
        return;
      }
      try {
        batch.put(stateKey, UNFINISHED);
        write();
      } catch (RocksDBException e) {
        throw failure("catalog", e);
      }
    }

    /** Ends the change; without a state the row that vouches is gone. */
    void commit(Optional<byte[]> state) throws IOException {
      try {
        if (state.isPresent()) {
          batch.put(stateKey, state.get());
        } else {
          batch.delete(stateKey);
        }
        write();
      } catch (RocksDBException e) {
        throw failure("catalog", e);
      }
    }

    private void write() throws RocksDBException {
      // No sync: after a power cut the catalog is behind, or damaged, and both are mended.
      try (WriteOptions write = new WriteOptions()) {
        db.write(write, batch);
      }
      batch.clear();
    }

    @Override
    public void close() {
      batch.close();
    }
  }

  @Override
  public void close() {
    db.close();
    options.close();
  }
}
