package dev.cairn.merge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.cairn.chain.Chain;
import dev.cairn.chain.ChainSnapshot;
import dev.cairn.chain.Store;
import dev.cairn.chain.manifest.FileEntry;
import dev.cairn.chain.manifest.FileEntry.Role;
import dev.cairn.store.io.HookedDirectory.Call;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Who lists points opens the few files that list them, however many hold pages. */
class ListingTest {
  @Test
  void pointsAreListedWithoutDataFiles() throws IOException {
    MemoryStore disk = new MemoryStore(3);
    History history = new History(3);
    try (Store store = disk.open();
        Chain chain = store.create("vm", MemoryImage.PAGE)) {
      for (int n = 0; n < 6; n++) {
        history.checkpoint(chain, 50);
      }
      History.merge(chain, 0, 5);
      List<FileEntry> data = chain.manifest().files(Role.DATA);
      assertFalse(data.isEmpty());
      List<String> opened = new ArrayList<>();
      try (Store hooked =
              disk.open(
                  (call, path) -> {
                    if (call == Call.OPEN) {
                      opened.add(path);
                    }
                  });
          Chain listed = hooked.open("vm");
          ChainSnapshot snapshot = chain.snapshot()) {
        assertEquals(snapshot.restorePoints(), listed.restorePoints());
        for (FileEntry entry : data) {
          assertFalse(opened.stream().anyMatch(path -> path.endsWith(entry.name().text())));
        }
      }
    }
  }
}
