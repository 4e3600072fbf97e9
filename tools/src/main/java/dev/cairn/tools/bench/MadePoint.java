package dev.cairn.tools.bench;

import dev.cairn.chain.Store;
import dev.cairn.chain.manifest.FileEntry;
import dev.cairn.store.DeviceState;
import dev.cairn.store.Id;
import java.io.IOException;
import java.nio.file.Path;

/**
 * The one point of a chain in the store {@code store} of a workbench, all of whose pages are there.
 * Immutable.
 *
 * @param file its base image
 */
record MadePoint(Id checkpoint, StreamClient.File file) {
  private static final int PAGE = 4096;
  private static final String STORE = "store";
  private static final String CHAIN = "vm";

  /** Makes it. */
  static MadePoint make(Workbench bench, int pages) throws IOException {
    try (Store store = bench.makeStore(STORE);
        MadeChain made = new MadeChain(store.create(CHAIN, PAGE))) {
      made.whole(
          new PagesImage(
              PagesImage.layout(PAGE, pages), PagesImage.run(0, pages), 0, DeviceState.NONE));
      FileEntry entry = made.chain().manifest().files().getFirst();
      Path chain = bench.file(STORE).resolve("chains").resolve(CHAIN);
      return new MadePoint(
          made.chain().manifest().tip().orElseThrow().id(),
          new StreamClient.File(
              CHAIN, entry.fileId(), entry.length(), chain.resolve(entry.name().text())));
    }
  }
}
