package dev.cairn.store.io;

import dev.cairn.store.RefusedException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Set;

/**
 * Owns which file systems are refused: those of which another machine may hold a part, so that
 * flock, fsync and atomic rename need not mean what they mean here. Immutable.
 */
final class FileSystemTypes {
  private static final Set<String> UNSAFE =
      Set.of(
          "9p",
          "acfs",
          "afs",
          "beegfs",
          "ceph",
          "cifs",
          "coda",
          "fuse",
          "glusterfs",
          "gpfs",
          "kafs",
          "lustre",
          "ncpfs",
          "nfs",
          "nfs4",
          "orangefs",
          "prl_fs",
          "pvfs2",
          "smb2",
          "smb3",
          "smbfs",
          "vboxsf",
          "virtiofs",
          "vmhgfs",
          "wekafs");

  private FileSystemTypes() {}

  /** Refuses a directory on an unsafe file system, unless that is allowed. */
  static void check(Path directory, FileSystemOptions options) throws IOException {
    if (options.allowUnsafeFileSystem()) {
      return;
    }
    String type = options.typeOf().typeOf(directory).toLowerCase(Locale.ROOT);
    if (isUnsafe(type)) {
      throw new RefusedException(
          directory
              + " is on a file system of type "
              + type
              + ", whose locks and syncs are not to be trusted;"
              + " use a local one, or --unsafe-filesystem");
    }
  }

  /** A FUSE type names its program, {@code fuse.sshfs}; fuseblk is a local block device. */
  static boolean isUnsafe(String type) {
    return UNSAFE.contains(type) || type.startsWith("fuse.");
  }
}
