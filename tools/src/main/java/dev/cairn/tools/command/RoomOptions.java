package dev.cairn.tools.command;

import dev.cairn.tools.capture.StoreRoom;
import java.nio.file.Path;
import picocli.CommandLine.Option;

/** How much of its disk a store may take. */
final class RoomOptions {
  @Option(
      names = "--reserve",
      paramLabel = "SIZE",
      description =
          "so much of the store's file system stays free: with less, points wait, and the guest"
              + " runs on; default 0")
  String reserve = "0";

  @Option(
      names = "--max-store-size",
      paramLabel = "SIZE",
      description =
          "most that the store may take on its disk, all chains together; else as --reserve")
  String mostSize = "0";

  StoreRoom of(Path store) {
    return new StoreRoom(store, bytes("--reserve", reserve), bytes("--max-store-size", mostSize));
  }

  /** Refuses what is no size. */
  void check() {
    of(Path.of(""));
  }

  private static long bytes(String option, String text) {
    return ByteSize.parse(text)
        .orElseThrow(
            () -> new UsageException(option + " " + text + ": expected a size, such as 10G"));
  }
}
