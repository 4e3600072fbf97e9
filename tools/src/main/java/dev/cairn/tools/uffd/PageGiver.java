package dev.cairn.tools.uffd;

import dev.cairn.tools.linux.LinuxException;
import dev.cairn.tools.linux.UserFault;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Gives pages to a client, by the kernel's rules (tools/UFFD.md, Rules for pages). Not thread-safe.
 */
final class PageGiver {
  /** What came of it. */
  enum Given {
    /** Each page is there, from here or from elsewhere, or is not mapped any more. */
    DONE,
    /** Memory is being removed: read messages, look anew, give again. */
    AGAIN,
    /** The client is gone. */
    GONE
  }

  /** Of the smallest page: how far to go where there was one already. */
  private static final int STEP = Mappings.LEAST_UNIT;

  private final UserFault fault;
  private final MemorySegment zeros;
  private boolean takesZeroPages = true;

  /**
   * Makes one.
   *
   * @param mostBytes that are given at once
   * @param arena outlives it
   */
  PageGiver(UserFault fault, int mostBytes, Arena arena) {
    this.fault = fault;
    this.zeros = arena.allocate(mostBytes, STEP);
  }

  private interface Call {
    long at(long done) throws LinuxException;
  }

  Given data(long address, MemorySegment data) throws LinuxException {
    return give(
        address, data.byteSize(), done -> fault.copySome(address + done, data.asSlice(done)));
  }

  /**
   * Makes units zero.
   *
   * @param huge whether they are larger than a small page: those have no zero page
   */
  Given zeros(long address, long bytes, boolean huge) throws LinuxException {
    if (!huge && takesZeroPages) {
      long first = fault.zeroSome(address, bytes);
      if (first != UserFault.UNFIT) {
        return give(
            address,
            bytes,
            done -> done == 0 ? first : fault.zeroSome(address + done, bytes - done));
      }
      takesZeroPages = false;
    }
    return data(address, zeros.asSlice(0, bytes));
  }

  private Given give(long address, long bytes, Call call) throws LinuxException {
    boolean existed = false;
    long done = 0;
    while (done < bytes) {
      long result = call.at(done);
      if (result > 0) {
        done += result;
      } else if (result == UserFault.EXISTS) {
        existed = true;
        done += STEP;
      } else if (result == UserFault.AGAIN) {
        return Given.AGAIN;
      } else if (result == UserFault.GONE) {
        return Given.GONE;
      } else if (result == UserFault.UNMAPPED || existed) {
        break; // within a huge page that is there nothing begins: UNFIT
      } else {
        throw new LinuxException("a page at 0x" + Long.toHexString(address), (int) -result);
      }
    }
    if (existed) {
      fault.wake(address, bytes);
    }
    return Given.DONE;
  }
}
