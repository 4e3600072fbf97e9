package dev.cairn.tests.faults;

/** In which way a call fails. */
enum Kind {
  /** No room: writes, creations, links and renames fail until something is deleted. */
  DISK_FULL("no space left on device"),
  /** A write, or any other change, fails once. */
  CHANGE_FAILS("Input/output error"),
  /** The medium does not give the bytes back: as damage. */
  READ_FAILS("Input/output error"),
  /** A part of the data is in the file, then the write fails. */
  SHORT_WRITE("Input/output error"),
  /** The file ends before the bytes do. */
  SHORT_READ("ends"),
  /** No descriptor is left: files, directories and locks cannot be opened or made. */
  NO_DESCRIPTOR("Too many open files"),
  /** What was written since the last sync is gone, and every later sync fails, too. */
  SYNC_FAILS("sync: Input/output error");

  final String says;

  Kind(String says) {
    this.says = says;
  }

  boolean strikesReads() {
    return this == READ_FAILS || this == SHORT_READ;
  }
}
