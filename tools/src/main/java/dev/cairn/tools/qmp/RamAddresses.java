package dev.cairn.tools.qmp;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where the blocks of a QEMU lie among the addresses that it gives to RAM, those that nothing is
 * made of yet, and that have no name, too. Of {@code info ramblock}.
 */
final class RamAddresses {
  /** Name, page size, offset, bytes in use, most bytes. */
  private static final Pattern LINE =
      Pattern.compile(
          "\\s*(\\S*)\\s+[0-9]+ [KMG]?i?B\\s+0x([0-9a-f]+)\\s+0x([0-9a-f]+)\\s+0x([0-9a-f]+).*");

  /** QEMU clears its dirty bits in words of 64 pages where a block lies and ends at such ones. */
  private static final long WORD_BYTES = 64 * 4096;

  private RamAddresses() {}

  /**
   * Finds a block at whose migration a QEMU that runs its vCPUs by TCG ends: it is longer than the
   * block at address 0. QEMU clears what its vCPUs remember of pages they may write by addresses in
   * the block, and takes them for addresses of RAM: {@code tlb_reset_dirty_range_all: Assertion
   * `block == qemu_get_ram_block(end - 1)' failed} (10.0.2, 11.1.3).
   *
   * @param text of {@code info ramblock}
   * @return its name, if there is one
   */
  static Optional<String> longerThanTheFirst(String text) {
    long first = Long.MAX_VALUE;
    for (String line : text.lines().toList()) {
      Matcher matcher = LINE.matcher(line);
      if (matcher.matches() && number(matcher.group(2)) == 0) {
        first = number(matcher.group(4));
      }
    }
    for (String line : text.lines().toList()) {
      Matcher matcher = LINE.matcher(line);
      if (matcher.matches()
          && !matcher.group(1).isEmpty()
          && number(matcher.group(2)) % WORD_BYTES == 0
          && number(matcher.group(3)) % WORD_BYTES == 0
          && number(matcher.group(3)) > first) {
        return Optional.of(matcher.group(1));
      }
    }
    return Optional.empty();
  }

  private static long number(String digits) {
    return Long.parseUnsignedLong(digits, 16);
  }
}
