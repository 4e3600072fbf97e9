package dev.cairn.tools.command;

/** Bytes a second as a person gives them: 200M, 25MiB, 0 or none for no limit. */
final class ByteRate {
  private ByteRate() {}

  /** Reads what an option says. */
  static long parse(String option, String text) {
    if (text.equals("none")) {
      return 0;
    }
    String number = text.endsWith("/s") ? text.substring(0, text.length() - 2) : text;
    return ByteSize.parse(number)
        .orElseThrow(
            () ->
                new UsageException(
                    option + " " + text + ": expected bytes a second, such as 25M, or none"));
  }

  /** Returns one as people read it. */
  static String text(long bytesPerSecond) {
    return bytesPerSecond == 0 ? "no limit" : Console.bytes(bytesPerSecond) + "/s";
  }
}
