package dev.cairn.transport.pages;

import dev.cairn.store.RamLayout;
import dev.cairn.transport.link.FailureException;
import dev.cairn.transport.wire.ErrorCode;

/** What of a machine's memory can be asked for. Stateless. */
public final class PageBounds {
  private PageBounds() {}

  /**
   * Checks what PAGES asks for.
   *
   * @throws FailureException (2) if it is not within the layout
   */
  public static void require(RamLayout layout, int block, long page, int count)
      throws FailureException {
    if (block >= layout.blocks().size()) {
      throw FailureException.of(
          ErrorCode.CANNOT_BE, "PAGES", "one of " + layout.blocks().size() + " blocks", block);
    }
    long pages = layout.blocks().get(block).pages(layout.pageSize());
    if (count > pages - page) {
      throw FailureException.of(
          ErrorCode.CANNOT_BE,
          "PAGES of block " + layout.blocks().get(block).name(),
          "within its " + pages + " pages",
          count + " pages at " + page);
    }
  }
}
