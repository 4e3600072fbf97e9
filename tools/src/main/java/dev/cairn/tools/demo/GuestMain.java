package dev.cairn.tools.demo;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;

/** The entry of a guest process. It ends when its standard input does. */
public final class GuestMain {
  private static final int BUFFER_BYTES = 64 << 10;

  private GuestMain() {}

  /** Takes the mode, the memory in bytes, and the tracker. */
  public static void main(String[] args) {
    long memoryBytes = Long.parseLong(args[1]);
    try (DataInputStream in =
            new DataInputStream(
                new BufferedInputStream(new FileInputStream(FileDescriptor.in), BUFFER_BYTES));
        DataOutputStream out =
            new DataOutputStream(
                new BufferedOutputStream(new FileOutputStream(FileDescriptor.out), BUFFER_BYTES))) {
      // Standard output belongs to the protocol.
      System.setOut(System.err);
      if (args[0].equals(GuestProtocol.RESTORED)) {
        try (RestoredGuest guest = new RestoredGuest(memoryBytes)) {
          guest.serve(in, out);
        }
      } else {
        DirtyTracker.Maker maker =
            DirtyTracker.choose(
                DirtyTracker.Choice.valueOf(args[2]),
                (memory, copy) -> KernelTracker.watch(memory));
        try (RunningGuest guest = new RunningGuest(memoryBytes, maker)) {
          guest.serve(in, out);
        }
      }
    } catch (IOException | RuntimeException e) {
      System.err.println("guest: " + e.getMessage());
      System.exit(1);
    }
    System.exit(0);
  }
}
