package dev.cairn.tests.powercut;

import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * Serves one file, the disk, to the kernel through /dev/fuse, which is standard input: a loop
 * device over that file hands on every write and, as fsync, every flush. The kernel caches nothing
 * of it (FOPEN_DIRECT_IO), and a request is in the log before it is answered. The protocol:
 * linux/fuse.h, 7.31. Used by one thread.
 */
final class FuseDisk implements Runnable {
  private static final int GETATTR = 3;
  private static final int SETATTR = 4;
  private static final int OPEN = 14;
  private static final int READ = 15;
  private static final int WRITE = 16;
  private static final int STATFS = 17;
  private static final int RELEASE = 18;
  private static final int FSYNC = 20;
  private static final int FLUSH = 25;
  private static final int INIT = 26;

  /** FORGET, INTERRUPT, BATCH_FORGET: nobody waits for an answer. */
  private static final int[] UNANSWERED = {2, 36, 42};

  private static final int ENOSYS = 38;
  private static final int BIG_WRITES = 1 << 5;
  private static final int DIRECT_IO = 1;
  private static final int REQUEST_HEADER = 40;
  private static final int REPLY_HEADER = 16;
  private static final int MOST_BYTES = 1 << 17;

  private final BlockLog disk;

  FuseDisk(BlockLog disk) {
    this.disk = disk;
  }

  @Override
  public void run() {
    try (FileInputStream in = new FileInputStream(FileDescriptor.in);
        FileOutputStream out = new FileOutputStream(FileDescriptor.in)) {
      byte[] buffer = new byte[2 * MOST_BYTES];
      for (int length = in.read(buffer); length > 0; length = in.read(buffer)) {
        ByteBuffer request = ByteBuffer.wrap(buffer, 0, length).order(ByteOrder.nativeOrder());
        int operation = request.getInt(4);
        if (Arrays.stream(UNANSWERED).noneMatch(o -> o == operation)) {
          out.write(reply(operation, request));
        }
      }
    } catch (IOException e) {
      System.out.println("the disk is gone: " + e.getMessage()); // ENODEV: it was unmounted
    }
  }

  private byte[] reply(int operation, ByteBuffer request) {
    ByteBuffer b = ByteBuffer.allocate(REPLY_HEADER + MOST_BYTES).order(ByteOrder.nativeOrder());
    b.position(REPLY_HEADER);
    int error = 0;
    switch (operation) {
      case INIT -> {
        b.putInt(7).putInt(31).putInt(0).putInt(BIG_WRITES).putInt(0).putInt(MOST_BYTES);
        b.position(REPLY_HEADER + 64);
      }
      case GETATTR, SETATTR -> b.putLong(60).putLong(0).put(attributes());
      case OPEN -> b.putLong(0).putInt(DIRECT_IO).putInt(0);
      case READ -> b.put(disk.read(request.getLong(REQUEST_HEADER + 8), length(request)));
      case WRITE -> {
        byte[] bytes = new byte[length(request)];
        request.get(REQUEST_HEADER + 40, bytes);
        disk.write(request.getLong(REQUEST_HEADER + 8), bytes);
        b.putInt(bytes.length).putInt(0);
      }
      case STATFS -> b.position(REPLY_HEADER + 80);
      case FSYNC -> disk.flush();
      case RELEASE, FLUSH -> {} // an empty answer
      default -> error = ENOSYS; // of FALLOCATE the block layer makes writes of zeros
    }
    int length = b.position();
    b.putInt(0, length).putInt(4, -error).putLong(8, request.getLong(8));
    return Arrays.copyOf(b.array(), length);
  }

  /** Of fuse_read_in and fuse_write_in. */
  private static int length(ByteBuffer request) {
    return request.getInt(REQUEST_HEADER + 16);
  }

  private byte[] attributes() {
    ByteBuffer b = ByteBuffer.allocate(88).order(ByteOrder.nativeOrder());
    b.putLong(0, 1).putLong(8, disk.lengthBytes()).putLong(16, disk.lengthBytes() / 512);
    b.putInt(60, 0x8180).putInt(64, 1).putInt(80, 4096); // a regular file, 0600
    return b.array();
  }
}
