package dev.cairn.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListSet;

/**
 * Serves a file system that is not the kernel's own, as a network one is: an empty directory, in
 * which every attempt to make something fails, and is remembered. Then it asks Cairn to make a
 * store there. Started among private mounts, with /dev/fuse as its standard input. Its argument:
 * the mounted directory. The protocol: linux/fuse.h, 7.31.
 */
final class FuseMain {
  private static final int LOOKUP = 1;
  private static final int FORGET = 2;
  private static final int GETATTR = 3;
  private static final int STATFS = 17;
  private static final int INIT = 26;
  private static final int OPENDIR = 27;
  private static final int READDIR = 28;
  private static final int RELEASEDIR = 29;
  private static final int INTERRUPT = 36;
  private static final int BATCH_FORGET = 42;

  /**
   * SETATTR, SYMLINK, MKNOD, MKDIR, UNLINK, RMDIR, RENAME, LINK, WRITE, CREATE, RENAME2, TMPFILE.
   */
  private static final Set<Integer> CHANGES = Set.of(4, 6, 8, 9, 10, 11, 12, 13, 16, 35, 45, 51);

  private static final int ENOENT = 2;
  private static final int EIO = 5;
  private static final int ENOSYS = 38;
  private static final int HEADER = 16;

  private final Set<Integer> refused = new ConcurrentSkipListSet<>();

  public static void main(String[] arguments) {
    FuseMain fuse = new FuseMain();
    Thread.ofPlatform().daemon().start(fuse::serve);
    fuse.run(Path.of(arguments[0]));
  }

  private void run(Path mounted) {
    Path store = mounted.resolve("store");
    for (Path place : List.of(mounted, store)) {
      for (String command : List.of("init", "list")) {
        if (place.equals(store) && command.equals("list")) {
          continue; // there is no such directory
        }
        Cli.Said said = new Cli(place).attempt(command);
        KnownStore.requireRefusal(
            6, List.of(command), said, mounted.toString(), "type fuse", "--unsafe-filesystem");
      }
    }
    assertEquals(Set.of(), refused, "nothing was made");
    Cli.Said said = new Cli(store).attempt("init", "--unsafe-filesystem");
    KnownStore.requireRefusal(1, List.of("init"), said, store.toString());
    assertFalse(refused.isEmpty(), "now it was tried");
  }

  private void serve() {
    try (FileInputStream in = new FileInputStream(FileDescriptor.in);
        FileOutputStream out = new FileOutputStream(FileDescriptor.in)) {
      byte[] request = new byte[1 << 18];
      for (int length = in.read(request); length > 0; length = in.read(request)) {
        ByteBuffer b = ByteBuffer.wrap(request, 0, length).order(ByteOrder.nativeOrder());
        byte[] reply = reply(b.getInt(4), b.getLong(8));
        if (reply.length > 0) {
          out.write(reply);
        }
      }
    } catch (IOException e) {
      System.err.println("fuse: " + e);
    }
  }

  private byte[] reply(int operation, long request) {
    ByteBuffer b = ByteBuffer.allocate(HEADER + 128).order(ByteOrder.nativeOrder());
    b.position(HEADER);
    int error = 0;
    switch (operation) {
      case INIT -> b.putInt(7).putInt(31).position(HEADER + 20).putInt(4096).position(HEADER + 64);
      case GETATTR -> b.putLong(60).putLong(0).put(attributes());
      case STATFS -> b.position(HEADER + 80);
      case OPENDIR -> b.position(HEADER + 16);
      case READDIR, RELEASEDIR -> {} // an empty answer
      case LOOKUP -> error = ENOENT;
      case FORGET, BATCH_FORGET, INTERRUPT -> {
        return new byte[0];
      }
      default -> {
        boolean changes = CHANGES.contains(operation);
        if (changes) {
          refused.add(operation);
        }
        error = changes ? EIO : ENOSYS;
      }
    }
    int length = b.position();
    b.putInt(0, length).putInt(4, -error).putLong(8, request);
    return Arrays.copyOf(b.array(), length);
  }

  /** Of the one directory, which everybody may use. */
  private static byte[] attributes() {
    ByteBuffer b = ByteBuffer.allocate(88).order(ByteOrder.nativeOrder());
    b.putLong(0, 1).putInt(60, 0x41ff).putInt(64, 2).putInt(80, 4096);
    return b.array();
  }
}
