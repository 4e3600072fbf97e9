package dev.cairn.store.file;

import dev.cairn.store.DeviceSection;
import dev.cairn.store.io.StoreOutput;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * Writes a base image whose pages come in any order, and again and again, as a live stream has
 * them: each goes to its fixed place at once, the last content counts. The file's bytes are those
 * that {@link LayerWriter#base} makes of the last contents. Not thread-safe, but may be handed from
 * one thread to another.
 *
 * <p>Order of calls: {@link #page} and {@link #zero}, {@link #addSection}, then {@link #seal}. What
 * fails leaves a file that cannot be gone on with.
 */
public final class BaseWriter implements CheckpointWriter {
  /** Pages that lie side by side are written at once, up to so many bytes. */
  private static final int RUN_BYTES = 256 << 10;

  private static final int UNIT = 4096;

  /** Memory for what is known of the pages: checksums and which there are. */
  @FunctionalInterface
  public interface Columns {
    /** Bytes for one region of 4,096 pages. */
    int REGION_BYTES = 4 * Versions.REGION_PAGES + 2 * (Versions.REGION_PAGES / 8);

    /**
     * Returns memory for a region, with any content, from which on it is the writer's until that is
     * closed.
     *
     * @return {@link #REGION_BYTES} bytes that any thread may use
     */
    MemorySegment take() throws IOException;
  }

  private final FileHeader header;
  private final StoreOutput out;
  private final int pageSize;
  private final List<Area> areas;
  private final List<PageColumns> columns = new ArrayList<>();
  private final Arena arena = Arena.ofShared();
  private final MemorySegment run = arena.allocate(RUN_BYTES, UNIT);
  private final BodyWriter body;
  private final Crc crc = new Crc();
  private final int zeroCrc;

  /** The last unit of the areas, where pages end within it: sections begin there, too. */
  private final MemorySegment tail = arena.allocate(UNIT, UNIT);

  private final long tailAt;

  /** Where the run lies in the file, and how long it is. */
  private long runAt;

  private int runLength;
  private boolean pagesEnded;
  private long pages;
  private long writtenBytes;
  private long frameBytes;
  private long frameCount;

  /**
   * Begins a base image with an area for each block of a layout.
   *
   * @param memory as pages come, and for no more than come
   */
  public BaseWriter(FileHeader header, StoreOutput out, PointLayout layout, Columns memory)
      throws IOException {
    this.header = header;
    this.out = out;
    this.pageSize = header.pageSize();
    this.areas = Area.place(layout);
    areas.forEach(_ -> columns.add(new PageColumns(memory)));
    this.body = new BodyWriter(out, Arena.ofShared());
    this.zeroCrc = Crc.ofZeroPage(pageSize);
    this.tailAt = Area.end(areas) & -UNIT;
    MemorySegment encoded = MemorySegment.ofArray(new byte[FileHeader.LENGTH]);
    header.encode(encoded);
    body.append(encoded);
  }

  /**
   * Takes a page's content; that of before counts no more.
   *
   * @param block ordinal in the chain's block table
   * @param page number within the block
   * @param data one page, borrowed for the call
   */
  public void page(int block, long page, MemorySegment data) throws IOException {
    if (Bytes.isZero(data)) {
      zero(block, page);
      return;
    }
    int area = area(block, page);
    long offset = offset(area, page);
    boolean inTail = isInTail(offset);
    if (columns.get(area).set(page, crc.of(data), !inTail)) {
      pages++;
    }
    if (inTail) {
      MemorySegment.copy(data, 0, tail, offset - tailAt, pageSize);
    } else {
      put(offset, data);
    }
  }

  /** A page is zero. Where it had content, zeros are written when all pages have come. */
  public void zero(int block, long page) {
    int area = area(block, page);
    if (columns.get(area).clear(page)) {
      pages--;
      long offset = offset(area, page);
      if (isInTail(offset)) {
        tail.asSlice(offset - tailAt, pageSize).fill((byte) 0);
      }
    }
  }

  /** Returns the size of its pages, bytes. */
  public int pageSize() {
    return pageSize;
  }

  private int area(int block, long page) {
    if (pagesEnded) {
      throw new IllegalStateException("a page behind sections");
    }
    for (int i = 0; i < areas.size(); i++) {
      if (areas.get(i).ordinal() == block) {
        if (page < 0 || page >= areas.get(i).length() / pageSize) {
          throw new IllegalArgumentException("page " + page + " of block " + block);
        }
        return i;
      }
    }
    throw new IllegalArgumentException("no area for block " + block);
  }

  private long offset(int area, long page) {
    return areas.get(area).offset() + page * pageSize;
  }

  /** Tells whether a page shares its unit with what stands behind the areas. */
  private boolean isInTail(long offset) {
    return offset >= tailAt;
  }

  private void put(long offset, MemorySegment data) throws IOException {
    if (offset >= runAt && offset < runAt + runLength) {
      MemorySegment.copy(data, 0, run, offset - runAt, pageSize);
      return;
    }
    if (offset != runAt + runLength || runLength == RUN_BYTES) {
      flush();
      runAt = offset;
    }
    MemorySegment.copy(data, 0, run, runLength, pageSize);
    runLength += pageSize;
  }

  private void flush() throws IOException {
    if (runLength > 0) {
      out.write(runAt, run.asSlice(0, runLength));
      runLength = 0;
    }
  }

  @Override
  public StoredSection addSection(DeviceSection section) throws IOException {
    endPages();
    StoredSection stored = DeviceFrames.write(body, section);
    frameBytes += Bytes.alignUp(stored.storedLength(), 64);
    frameCount++;
    return stored;
  }

  @Override
  public Point.Written written(boolean wholeImage) {
    return new Point.Written(pages, 0, pages * pageSize + frameBytes, wholeImage);
  }

  @Override
  public SealedFile seal(Point point, List<DrawnFile> drawn) throws IOException {
    PointChunks.check(point);
    endPages();
    body.align(64);
    BlockSums sums = body.finish();
    long metadataOffset = body.position();
    MetadataWriter metadata = new MetadataWriter(header, out, metadataOffset);
    IndexWriter index = new IndexWriter(header, out, metadata);
    for (int i = 0; i < areas.size(); i++) {
      index(index, i);
    }
    DrawnFile self =
        new DrawnFile(header.name(), pages * pageSize + frameBytes, pages + frameCount);
    new PointChunks(point, PointChunks.files(self, drawn), areas, sums)
        .write(metadata, index, metadataOffset);
    return metadata.finish(body.writtenBytes() + writtenBytes);
  }

  private void index(IndexWriter index, int area) throws IOException {
    PageColumns column = columns.get(area);
    Versions versions = new Versions();
    for (int region = 0; region < column.regions(); region++) {
      if (column.isEmpty(region)) {
        continue;
      }
      versions.clear();
      long first = (long) region * Versions.REGION_PAGES;
      for (int i = 0; i < Versions.REGION_PAGES; i++) {
        if (column.isPresent(first + i)) {
          long address = Address.of(Address.PLAIN, 0, offset(area, first + i));
          versions.add(i, header.name().last(), column.crc(first + i), address);
        }
      }
      long key = Directory.keyOf(areas.get(area).ordinal(), first);
      index.add(key, versions, Address.of(Address.PLAIN, 0, offset(area, first)));
    }
  }

  /** Puts zeros where content does not count any more, and takes the checksums of all blocks. */
  private void endPages() throws IOException {
    if (pagesEnded) {
      return;
    }
    flush();
    for (int i = 0; i < areas.size(); i++) {
      clean(i);
    }
    for (int i = 0; i < areas.size(); i++) {
      pass(i, i == areas.size() - 1);
    }
    body.skipTo(Math.max(body.position(), Area.end(areas)));
    pagesEnded = true;
  }

  /** Writes zeros over pages that had content and are zero, and counts what the area takes. */
  private void clean(int area) throws IOException {
    PageColumns column = columns.get(area);
    run.fill((byte) 0);
    long counted = -1;
    for (int region = 0; region < column.regions(); region++) {
      long first = (long) region * Versions.REGION_PAGES;
      for (long page = first; !column.isEmpty(region) && page < end(area, first); page++) {
        if (!column.isWritten(page)) {
          continue;
        }
        long offset = offset(area, page);
        long units = (offset + pageSize - 1) / UNIT - Math.max(counted, offset / UNIT - 1);
        writtenBytes += units * UNIT;
        counted = (offset + pageSize - 1) / UNIT;
        if (!column.isPresent(page)) {
          clean(offset);
        }
      }
    }
    flush();
  }

  private void clean(long offset) throws IOException {
    if (offset != runAt + runLength || runLength == RUN_BYTES) {
      flush();
      runAt = offset;
    }
    runLength += pageSize; // the run is zeros
  }

  private long end(int area, long first) {
    return Math.min(first + Versions.REGION_PAGES, areas.get(area).length() / pageSize);
  }

  /** Goes over an area's blocks; what lies between it and the next one is zeros. */
  private void pass(int area, boolean last) throws IOException {
    PageColumns column = columns.get(area);
    long areaPages = areas.get(area).length() / pageSize;
    int inBlock = BlockSums.BLOCK / pageSize;
    for (long first = 0; first < areaPages; first += inBlock) {
      if (column.isEmpty(first / Versions.REGION_PAGES)) {
        first += Versions.REGION_PAGES - inBlock; // a region is made of whole blocks
        continue;
      }
      boolean cut = last && first + inBlock > areaPages;
      long end = cut ? areaPages : first + inBlock;
      boolean some = false;
      int sum = 0;
      for (long page = first; page < end; page++) {
        boolean present = page < areaPages && column.isPresent(page);
        some |= present;
        sum = CrcJoin.join(sum, present ? column.crc(page) : zeroCrc, pageSize);
      }
      if (some) {
        pass(offset(area, first) / BlockSums.BLOCK, (int) (end - first) * pageSize, sum);
      }
    }
  }

  private void pass(long block, int length, int sum) throws IOException {
    if (length == BlockSums.BLOCK) {
      body.passOver(block, sum);
    } else {
      body.passOver(block, length, sum, Bytes.isZero(tail) ? MemorySegment.NULL : tail);
    }
  }

  @Override
  public void close() {
    arena.close();
    body.close();
  }
}
