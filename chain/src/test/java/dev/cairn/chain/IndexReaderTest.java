package dev.cairn.chain;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairn.chain.manifest.FileEntry;
import dev.cairn.store.file.Address;
import dev.cairn.store.file.OpenFile;
import dev.cairn.store.file.Region;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Verification reads many pages at once, and still tells of each damaged one. */
final class IndexReaderTest {
  private static final int PAGE = 512;
  private static final int PAGES = 6000;

  private final ChainInMemory memory;

  IndexReaderTest() throws IOException {
    memory = new ChainInMemory(PAGE);
    SparseMemory image = new SparseMemory(PAGE, PAGES);
    memory.checkpoint(image, ChainInMemory.WHOLE);
    for (int page = 0; page < PAGES; page++) {
      image.fill(page, 1);
    }
    memory.checkpoint(image, ChainInMemory.WHOLE);
  }

  private List<Finding> verify() throws IOException {
    List<Finding> findings = new ArrayList<>();
    Store store = Store.open(memory.counting(), ChainInMemory.ENVIRONMENT);
    try (Chain chain = store.open("vm")) {
      new Verifier(chain, findings::add, 1, new Random(1)).run();
    }
    return findings;
  }

  @Test
  void soundPagesAreReadManyAtOnce() throws IOException {
    memory.counting().reset();
    assertEquals(List.of(), verify());
    long reads = memory.bodyReads();
    assertTrue(reads < PAGES / 16, reads + " reads of " + PAGES + " pages");
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 40})
  void eachDamagedPageIsToldAndNoOther(int damaged) throws IOException {
    FileEntry layer = memory.chain().manifest().layers().getFirst();
    String name = layer.name().text();
    TreeSet<Long> offsets = new TreeSet<>();
    Random random = new Random(damaged);
    try (OpenFile file = OpenFile.open(layer.name(), memory.directory().open(name))) {
      for (int i = 0; i < damaged; i++) {
        Region region = file.region(random.nextInt(file.directory().size()));
        offsets.add(Address.offset(region.address(random.nextInt(region.versions()))));
      }
    }
    for (long offset : offsets) {
      memory.flip(name, offset + random.nextInt(PAGE));
    }
    assertEquals(
        List.copyOf(offsets),
        verify().stream()
            .filter(finding -> finding.what().equals("page CRC"))
            .map(Finding::offset)
            .toList());
  }
}
