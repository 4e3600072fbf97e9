package dev.cairn.tools.bench;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;

/**
 * {@code cp --reflink} on btrfs in a file: the image lies there, what changes is written into it,
 * and a point is a copy that shares all blocks. Not thread-safe.
 */
final class ReflinkPeer implements Peer {
  static final String NAME = "reflink";
  private static final long SPARE_BYTES = 1L << 30;

  private final PrivateMount mount;
  private final Path log;

  private ReflinkPeer(PrivateMount mount, Path log) {
    this.mount = mount;
    this.log = log;
  }

  /**
   * Makes the file system and mounts it.
   *
   * @param bytes that the points will take at most
   */
  static ReflinkPeer create(Workbench bench, long bytes) throws IOException {
    Path file = bench.file("btrfs.img");
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      channel.write(ByteBuffer.allocate(1), 2 * bytes + SPARE_BYTES);
    }
    Path log = bench.file("btrfs.log");
    Children.run(log, List.of("mkfs.btrfs", "--quiet", file.toString()));
    Path at = Files.createDirectory(bench.file("btrfs"));
    return new ReflinkPeer(PrivateMount.mount(file, at, bench.file("btrfs-mount.log")), log);
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
    return Way.COMMAND;
  }

  @Override
  public void checkpoint(int point, ChangingImage image, long[] pages) throws IOException {
    Path live = mount.root().resolve("live");
    try (FileChannel channel =
            FileChannel.open(live, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        Arena arena = Arena.ofConfined()) {
      MemorySegment page = arena.allocate(ChangingImage.PAGE, ChangingImage.PAGE);
      for (long number : pages) {
        image.file().read(0, number, page);
        channel.write(page.asByteBuffer(), number * ChangingImage.PAGE);
      }
    }
    Path made = point(point);
    Children.run(log, List.of("cp", "--reflink=always", live.toString(), made.toString()));
    DiskUse.sync(made);
  }

  private Path point(int point) {
    return mount.root().resolve("point-" + point);
  }

  @Override
  public void restore(int point, Path target) throws IOException {
    Children.run(log, List.of("cp", point(point).toString(), target.toString()));
  }

  /** Shared blocks count once: what the file system has in use. */
  @Override
  public long storedBytes() throws IOException {
    Children.run(log, List.of("sync", "--file-system", mount.root().toString()));
    FileStore store = Files.getFileStore(mount.root());
    return store.getTotalSpace() - store.getUnallocatedSpace();
  }

  @Override
  public void close() throws IOException {
    mount.close();
  }
}
