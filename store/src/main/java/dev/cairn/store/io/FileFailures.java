package dev.cairn.store.io;

import dev.cairn.store.CorruptFileException;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Objects;

/** Owns the wording of file errors: which file, what was done, what the kernel said. Immutable. */
final class FileFailures {
  private FileFailures() {}

  /** Returns the exception for an errno of {@link Libc}. */
  static IOException of(Path path, String action, int errno) {
    String file = path.toString();
    return switch (errno) {
      case Libc.ENOENT -> new NoSuchFileException(file);
      case Libc.EEXIST -> new FileAlreadyExistsException(file);
      case Libc.EACCES -> new AccessDeniedException(file);
      default -> new FileSystemException(file, null, action + ": " + Libc.text(errno));
    };
  }

  /**
   * Returns an exception that adds to one of the JDK's what was being done. The kernel's words come
   * in the language of the locale, so nothing but words may depend on them: where they are English,
   * a full disk and a full quota both read "no space left".
   */
  static IOException of(Path path, String action, IOException cause) {
    String said =
        cause.getMessage() == null ? cause.getClass().getSimpleName() : cause.getMessage();
    String lower = said.toLowerCase(Locale.ROOT);
    if (lower.contains("no space left")) {
      said = "no space left on device";
    } else if (lower.contains("quota exceeded")) {
      said = "no space left: disk quota exceeded";
    }
    FileSystemException failure =
        new FileSystemException(path.toString(), null, action + ": " + said);
    failure.initCause(cause);
    return failure;
  }

  /**
   * Returns the exception for a failed read of an open regular file, other than that its channel
   * was closed: what the medium does not give back is damaged, by whatever errno it says so.
   */
  static IOException ofRead(Path path, long offset, IOException cause) {
    String name = Objects.requireNonNull(path.getFileName()).toString();
    CorruptFileException failure =
        new CorruptFileException(
            name, "bytes", offset, "bytes that can be read", String.valueOf(cause.getMessage()));
    failure.initCause(cause);
    return failure;
  }

  static IOException closed(Path path) {
    return new FileSystemException(path.toString(), null, "is closed");
  }

  static IOException syncFailedBefore(Path path) {
    return new FileSystemException(
        path.toString(), null, "an earlier sync failed: what was written is lost");
  }
}
