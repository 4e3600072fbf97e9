package dev.cairn.tests.locks;

import dev.cairn.chain.Chain;
import dev.cairn.chain.PageImage;
import dev.cairn.store.DeviceState;
import dev.cairn.store.RamLayout;
import java.io.IOException;
import java.lang.foreign.MemorySegment;

/** An image whose pages can be read only when another writer has made a point. Thread-safe. */
final class LateImage implements PageImage {
  private final PageImage image;
  private final Chain chain;
  private final long generation;

  LateImage(PageImage image, Chain chain) throws IOException {
    this.image = image;
    this.chain = chain;
    this.generation = chain.manifest().generation();
  }

  /** The other one waits until we have begun: {@link Writing}. */
  private void awaitAnother() throws IOException {
    LockStore.await("another point", () -> chain.manifest().generation() > generation);
  }

  @Override
  public RamLayout layout() {
    return image.layout();
  }

  @Override
  public DeviceState deviceState() throws IOException {
    return image.deviceState();
  }

  @Override
  public void presentRuns(int block, long from, long to, RunVisitor visitor) throws IOException {
    awaitAnother();
    image.presentRuns(block, from, to, visitor);
  }

  @Override
  public void read(int block, long page, MemorySegment into) throws IOException {
    image.read(block, page, into);
  }

  @Override
  public void close() throws IOException {
    image.close();
  }
}
