package dev.cairn.tools.capture;

import dev.cairn.store.DeviceSection;
import java.io.IOException;
import java.time.Duration;
import java.util.List;

/** What else is done while the guest stands still for a point, such as a picture of its disks. */
@FunctionalInterface
interface PauseWork {
  /** Does nothing. */
  PauseWork NONE = (_, _) -> List.of();

  /**
   * Does it, and returns the device sections that the point gets by it.
   *
   * @param most it may take
   * @param imagesActive whether QEMU may still write its disk images
   * @throws IOException if it failed: the checkpoint becomes no point
   */
  List<DeviceSection> run(Duration most, boolean imagesActive) throws IOException;
}
