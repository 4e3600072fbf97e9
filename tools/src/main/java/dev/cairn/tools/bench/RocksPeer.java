package dev.cairn.tools.bench;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.rocksdb.CompressionType;
import org.rocksdb.FlushOptions;
import org.rocksdb.Options;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.rocksdb.WriteBatch;
import org.rocksdb.WriteOptions;

/**
 * RocksDB as a plain page store: the key is page and point, the value a page; a point is one synced
 * batch. Not thread-safe.
 */
final class RocksPeer implements Peer {
  static final String NAME = "rocksdb";
  private static final int PAGE = ChangingImage.PAGE;
  private static final int BATCH_PAGES = 8192;
  private static final int PIECE_PAGES = 256;

  private final Path directory;
  private final Options options;
  private final RocksDB database;

  private RocksPeer(Path directory, Options options, RocksDB database) {
    this.directory = directory;
    this.options = options;
    this.database = database;
  }

  /** Makes a database. */
  static RocksPeer create(Path directory) throws IOException {
    RocksDB.loadLibrary();
    Options options =
        new Options().setCreateIfMissing(true).setCompressionType(CompressionType.NO_COMPRESSION);
    try {
      return new RocksPeer(directory, options, RocksDB.open(options, directory.toString()));
    } catch (RocksDBException e) {
      options.close();
      throw new IOException(NAME + ": " + e.getMessage(), e);
    }
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public Way checkpointWay() {
    return Way.DELTA;
  }

  @Override
  public Way restoreWay() {
    return Way.IMAGE;
  }

  @Override
  public void checkpoint(int point, ChangingImage image, long[] pages) throws IOException {
    try (Arena arena = Arena.ofConfined();
        WriteBatch batch = new WriteBatch();
        WriteOptions synced = new WriteOptions().setSync(true)) {
      MemorySegment page = arena.allocate(PAGE, PAGE);
      ByteBuffer key = ByteBuffer.allocateDirect(2 * Long.BYTES);
      for (long number : pages) {
        image.file().read(0, number, page);
        batch.put(key.clear().putLong(number).putLong(point).flip(), page.asByteBuffer());
        if (batch.count() == BATCH_PAGES) {
          database.write(synced, batch);
          batch.clear();
        }
      }
      database.write(synced, batch);
    } catch (RocksDBException e) {
      throw new IOException(NAME + ": " + e.getMessage(), e);
    }
  }

  /** Of each page the last version up to the point; pages side by side are written together. */
  @Override
  public void restore(int point, Path target) throws IOException {
    try (RocksIterator rows = database.newIterator();
        Arena arena = Arena.ofConfined();
        FileChannel out =
            FileChannel.open(target, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      MemorySegment piece = arena.allocate((long) PIECE_PAGES * PAGE, PAGE);
      MemorySegment key = arena.allocate(2 * Long.BYTES, Long.BYTES);
      long first = 0;
      long last = -1;
      for (rows.seekToFirst(); rows.isValid(); rows.next()) {
        rows.key(key.asByteBuffer());
        long page = Long.reverseBytes(key.get(ValueLayout.JAVA_LONG, 0));
        if (Long.reverseBytes(key.get(ValueLayout.JAVA_LONG, Long.BYTES)) > point) {
          continue;
        }
        if (page > last + 1 || (page != last && page - first == PIECE_PAGES)) {
          write(out, piece, first, last);
          first = page;
        }
        rows.value(piece.asSlice((page - first) * PAGE, PAGE).asByteBuffer());
        last = page;
      }
      rows.status();
      write(out, piece, first, last);
    } catch (RocksDBException e) {
      throw new IOException(NAME + ": " + e.getMessage(), e);
    }
  }

  private static void write(FileChannel out, MemorySegment piece, long first, long last)
      throws IOException {
    ByteBuffer buffer = piece.asSlice(0, (last - first + 1) * PAGE).asByteBuffer();
    for (long at = first * PAGE; buffer.hasRemaining(); ) {
      at += out.write(buffer, at);
    }
  }

  @Override
  public long storedBytes() throws IOException {
    try (FlushOptions wait = new FlushOptions().setWaitForFlush(true)) {
      database.flush(wait);
    } catch (RocksDBException e) {
      throw new IOException(NAME + ": " + e.getMessage(), e);
    }
    return DiskUse.bytes(directory);
  }

  @Override
  public void close() {
    database.close();
    options.close();
  }
}
