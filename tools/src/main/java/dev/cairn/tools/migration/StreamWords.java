package dev.cairn.tools.migration;

import java.util.List;

/**
 * The numbers of QEMU's migration stream and of its return path, as tools/QEMU.md tells them; a
 * test compares the two. Source: streams and files of QEMU 7.2, 10.0 and 11.1.
 */
public final class StreamWords {
  /** "QEVM". */
  public static final long MAGIC = 0x5145564dL;

  public static final long VERSION = 3;

  /** The one page size of the stream on the machines that Cairn knows, bytes. */
  public static final int PAGE = 4096;

  // The elements.
  public static final int EOF = 0x00;
  public static final int SECTION_START = 0x01;
  public static final int SECTION_PART = 0x02;
  public static final int SECTION_END = 0x03;
  public static final int SECTION_FULL = 0x04;
  public static final int SUBSECTION = 0x05;
  public static final int DESCRIPTION = 0x06;
  public static final int CONFIGURATION = 0x07;
  public static final int COMMAND = 0x08;
  public static final int FOOTER = 0x7e;

  // The words of the RAM section: flags in the low bits of an offset.
  public static final long FLAGS = 0xfff;
  public static final int ZERO = 0x002;
  public static final int MEM_SIZE = 0x004;
  public static final int PAGE_RECORD = 0x008;
  public static final int EOS = 0x010;
  public static final int CONTINUE = 0x020;

  /** The RAM section's name and version. */
  public static final String RAM = "ram";

  public static final long RAM_VERSION = 4;

  // The commands.
  public static final int OPEN_RETURN_PATH = 1;
  public static final int PING = 2;
  public static final int POSTCOPY_ADVISE = 3;
  public static final int POSTCOPY_LISTEN = 4;
  public static final int POSTCOPY_RUN = 5;
  public static final int POSTCOPY_RAM_DISCARD = 6;
  public static final int PACKAGED = 7;
  public static final int ENABLE_COLO = 8;
  public static final int POSTCOPY_RESUME = 9;
  public static final int RECV_BITMAP = 10;
  public static final int SWITCHOVER_START = 11;

  /** Names of the commands, for errors; at 0 stands what is none. */
  static final List<String> COMMANDS =
      List.of(
          "INVALID",
          "OPEN_RETURN_PATH",
          "PING",
          "POSTCOPY_ADVISE",
          "POSTCOPY_LISTEN",
          "POSTCOPY_RUN",
          "POSTCOPY_RAM_DISCARD",
          "PACKAGED",
          "ENABLE_COLO",
          "POSTCOPY_RESUME",
          "RECV_BITMAP",
          "SWITCHOVER_START");

  // The configuration.
  public static final String CAPABILITIES = "configuration/capabilities";
  public static final String UUID = "configuration/uuid";
  public static final String PAGE_BITS = "configuration/target-page-bits";
  public static final String MAPPED_RAM = "mapped-ram";
  public static final String IGNORE_SHARED = "x-ignore-shared";

  // The return path's messages.
  static final int SHUT = 1;
  static final int PONG = 2;
  static final int REQ_PAGES_ID = 3;
  static final int REQ_PAGES = 4;
  static final int RECEIVED_BITMAP = 5;
  static final int RESUME_ACK = 6;
  static final int SWITCHOVER_ACK = 7;

  /** Stands behind a bitmap of received pages. */
  static final long BITMAP_END = 0x0123456789abcdefL;

  private StreamWords() {}
}
