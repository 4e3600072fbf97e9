package dev.cairn.transport.read;

import dev.cairn.transport.link.ClientSettings;
import dev.cairn.transport.link.LinkSettings;
import java.time.Duration;

/**
 * How a point is read over links. Immutable.
 *
 * @param lines of 256 KiB that are kept of what nobody waits for; as many bytes are kept of the
 *     rest
 * @param pause after which a page that was refused is asked for again, and one that nobody read may
 *     give its place to another
 */
public record ReadSettings(LinkSettings links, ClientSettings client, int lines, Duration pause) {
  private static final int LINES = 64;

  public ReadSettings {
    if (lines < 1) {
      throw new IllegalArgumentException(lines + " lines");
    }
  }

  /** Returns the usual ones: 32 MiB in all. */
  public static ReadSettings standard(LinkSettings links, ClientSettings client) {
    return new ReadSettings(links, client, LINES, Duration.ofSeconds(1));
  }
}
