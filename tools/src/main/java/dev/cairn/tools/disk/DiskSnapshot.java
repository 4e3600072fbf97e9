package dev.cairn.tools.disk;

import dev.cairn.tools.qmp.Qmp;
import java.io.IOException;
import java.time.Duration;

/**
 * Takes a picture of all of a machine's disks while it stands still. Not thread-safe; one for each
 * capture.
 */
public interface DiskSnapshot {
  /**
   * Checks, while the machine runs, that a picture can be taken.
   *
   * @throws dev.cairn.store.RefusedException if not, naming the disk and why
   */
  void check(Qmp qmp) throws IOException;

  /**
   * Takes it. The machine stands still, and does so until this returns.
   *
   * @param token names the picture: letters, digits and hyphens, never used before
   * @param most it may take; then it fails, and nothing of it goes on
   * @param imagesActive whether QEMU may still write its images: then they have to be flushed
   * @return what the point remembers
   * @throws IOException if there is no picture: the point is dropped, the machine runs on
   */
  DiskNames take(Qmp qmp, String token, Duration most, boolean imagesActive) throws IOException;
}
