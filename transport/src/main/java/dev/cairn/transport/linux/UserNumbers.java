package dev.cairn.transport.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.OptionalInt;

/**
 * The numbers of users. Immutable.
 *
 * <p>Native because the JDK gives the peer of a Unix socket as a name (getpwuid of its uid), and
 * rights go by numbers. Safe: getpwnam_r writes into memory of this call alone, within the lengths
 * that it is given.
 */
public final class UserNumbers {
  private static final int BUFFER_BYTES = 64 << 10;

  /** {@code struct passwd} of glibc and musl, 64-bit: name, password, then the uid. */
  private static final int PASSWD_BYTES = 64;

  private static final int UID_AT = 16;

  @SuppressWarnings("restricted") // The signature is that of POSIX.
  private static final MethodHandle GETPWNAM_R =
      Linker.nativeLinker()
          .downcallHandle(
              Linker.nativeLinker().defaultLookup().findOrThrow("getpwnam_r"),
              FunctionDescriptor.of(
                  ValueLayout.JAVA_INT,
                  ValueLayout.ADDRESS,
                  ValueLayout.ADDRESS,
                  ValueLayout.ADDRESS,
                  ValueLayout.JAVA_LONG,
                  ValueLayout.ADDRESS));

  private UserNumbers() {}

  /** Returns the uid of a user whom the JDK calls so; nothing if there is none. */
  public static OptionalInt uid(String name) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment passwd = arena.allocate(PASSWD_BYTES, 8);
      MemorySegment buffer = arena.allocate(BUFFER_BYTES);
      MemorySegment result = arena.allocate(ValueLayout.ADDRESS);
      int failed =
          (int)
              GETPWNAM_R.invokeExact(
                  arena.allocateFrom(name), passwd, buffer, (long) BUFFER_BYTES, result);
      boolean found = failed == 0 && result.get(ValueLayout.ADDRESS, 0).address() != 0;
      // A user may be called by digits, which are not his number then.
      return found ? OptionalInt.of(passwd.get(ValueLayout.JAVA_INT, UID_AT)) : number(name);
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new IllegalStateException("getpwnam_r throws nothing", e);
    }
  }

  /** The JDK calls a uid without a name by its digits. */
  private static OptionalInt number(String name) {
    try {
      return OptionalInt.of(Integer.parseUnsignedInt(name));
    } catch (NumberFormatException e) {
      return OptionalInt.empty();
    }
  }
}
