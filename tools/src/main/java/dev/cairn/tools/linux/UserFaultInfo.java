package dev.cairn.tools.linux;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * What /proc tells of a userfaultfd that somebody else made, without a change to it. Immutable.
 *
 * @param blocking whether a read of it would wait
 * @param features that it has been begun with ({@code UFFD_FEATURE_*}); 0 also before that
 * @param begun whether UFFDIO_API was called
 */
public record UserFaultInfo(boolean blocking, long features, boolean begun) {
  public static final long EVENT_FORK = 1 << 1;
  public static final long EVENT_REMAP = 1 << 2;
  public static final long EVENT_REMOVE = 1 << 3;
  public static final long SIGBUS = 1 << 7;

  /** The kernel's own mark, of include/linux/userfaultfd_k.h since 5.14. */
  private static final long INITIALIZED = 1L << 31;

  private static final String LINK = "anon_inode:[userfaultfd]";

  /** Looks at a descriptor of this process; empty if it is something else. */
  public static Optional<UserFaultInfo> of(int descriptor) throws IOException {
    if (!Files.readSymbolicLink(Path.of("/proc/self/fd/" + descriptor)).toString().equals(LINK)) {
      return Optional.empty();
    }
    boolean blocking = true;
    long features = 0;
    Path path = Path.of("/proc/self/fdinfo/" + descriptor);
    for (String line : Files.readAllLines(path, StandardCharsets.US_ASCII)) {
      String[] words = line.split("\\s+", -1);
      if (words[0].equals("flags:")) {
        blocking = (Long.parseLong(words[1], 8) & LinuxCalls.O_NONBLOCK) == 0;
      } else if (words[0].equals("API:")) {
        // "API: aa:FEATURES:IOCTLS", hexadecimal.
        features = Long.parseLong(words[1].split(":", -1)[1], 16);
      }
    }
    boolean begun = (features & INITIALIZED) != 0;
    return Optional.of(new UserFaultInfo(blocking, features & ~INITIALIZED, begun));
  }
}
