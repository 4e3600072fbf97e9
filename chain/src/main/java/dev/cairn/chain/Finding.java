package dev.cairn.chain;

import dev.cairn.store.CorruptFileException;

/**
 * Something that verification found. Immutable.
 *
 * @param file name of the file
 * @param what is wrong
 * @param offset in the file, bytes
 * @param expected what should be there
 * @param actual what is there
 */
public record Finding(String file, String what, long offset, String expected, String actual) {
  /** Tells an error as a finding; files are named as they are in their chain's directory. */
  public static Finding of(CorruptFileException e) {
    String name = e.file().substring(e.file().lastIndexOf('/') + 1);
    return new Finding(name, e.what(), e.offset(), e.expected(), e.actual());
  }
}
