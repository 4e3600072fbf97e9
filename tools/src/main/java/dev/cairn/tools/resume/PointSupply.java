package dev.cairn.tools.resume;

import dev.cairn.chain.PointProjection;
import dev.cairn.store.file.PageReader;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** The pages of a restore point. Thread-safe. */
final class PointSupply implements PageSupply {
  private final PointProjection point;
  private final int pageSize;

  PointSupply(PointProjection point, int pageSize) {
    this.point = point;
    this.pageSize = pageSize;
  }

  @Override
  public Reader reader(Arena arena) {
    PageReader reader = new PageReader(pageSize, arena);
    return new Reader() {
      @Override
      public long read(int block, long page, long wanted, MemorySegment into) throws IOException {
        return point.read(reader, block, page, wanted, into);
      }

      @Override
      public void close() {
        reader.close();
      }
    };
  }
}
