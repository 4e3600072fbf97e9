package dev.cairn.transport.wire;

import java.util.HexFormat;

/**
 * Prints the frames of this code as the golden file has them: for a new version, never for an old.
 */
final class GoldenMain {
  private GoldenMain() {}

  public static void main(String[] arguments) {
    for (Message message : Samples.all()) {
      System.out.println(
          FrameType.of(message) + " " + HexFormat.of().formatHex(Samples.frame(message)));
    }
  }
}
