package dev.cairn.store.file;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.cairn.store.io.ForwardingDirectory;
import dev.cairn.store.io.MemoryDirectory;
import dev.cairn.store.io.StoreDirectory;
import dev.cairn.store.io.StoreOutput;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** An index of many pages waits for the end of the body in a file, not in memory. */
class IndexSpillTest {
  private static final int PAGE = 512;
  private static final int PAGES = 500_000;

  /** Remembers the names of what is created. */
  private static final class Watched extends ForwardingDirectory {
    private final List<String> created = new ArrayList<>();

    Watched(StoreDirectory target) {
      super(target);
    }

    @Override
    protected StoreDirectory inside(StoreDirectory opened, String name) {
      return opened;
    }

    @Override
    public StoreOutput create(String name) throws IOException {
      created.add(name);
      return super.create(name);
    }
  }

  private static byte[] content(int page) {
    byte[] bytes = new byte[PAGE];
    MemorySegment.ofArray(bytes).set(ValueLayout.JAVA_INT_UNALIGNED, 0, page + 1);
    return bytes;
  }

  @Test
  void manyRegionsGoThroughAFileThatIsGoneAfterwards() throws IOException {
    FileHeader header = TestFiles.header(FileKind.LAYER, 1, 1, PAGE);
    Watched directory = new Watched(MemoryDirectory.create());
    try (Arena arena = Arena.ofConfined();
        StoreOutput out = directory.create(header.name().text());
        LayerWriter writer = LayerWriter.layer(header, directory, out, FrameCodec.LZ4)) {
      MemorySegment page = arena.allocate(PAGE, 64);
      for (int i = 0; i < PAGES; i++) {
        page.copyFrom(MemorySegment.ofArray(content(i)));
        writer.add(0, i, page);
      }
      PointLayout layout = TestFiles.layout((long) PAGES * PAGE, PAGE);
      writer.seal(TestFiles.point(header, layout, List.of()), List.of());
    }
    String spill = "index-" + header.name().temporary();
    assertEquals(List.of(header.name().text(), spill), directory.created);
    assertEquals(List.of(header.name().text()), directory.list());
    try (OpenFile file = TestFiles.open(directory, header.name())) {
      file.metadataSha();
      assertEquals(PAGES, file.directory().pageCount());
      for (int page = 0; page < PAGES; page += 9973) {
        assertArrayEquals(content(page), TestFiles.read(file, file, page, 1).orElseThrow());
      }
    }
  }

  @Test
  void aWriterThatGivesUpLeavesNoSpill() throws IOException {
    StoreDirectory directory = MemoryDirectory.create();
    FileHeader header = TestFiles.header(FileKind.LAYER, 1, 1, PAGE);
    try (IndexSpill spill = new IndexSpill(directory, header.name())) {
      spill.append(MemorySegment.ofArray(new byte[8]));
      assertEquals(1, directory.list().size());
    }
    assertEquals(List.of(), directory.list());
  }
}
