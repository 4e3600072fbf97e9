package dev.cairn.transport.verbs;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;

/**
 * The functions of rdma-core, and memory that they point to. Thread-safe.
 *
 * <p>Native because the JDK has no verbs. Safe: every function takes and returns integers and
 * pointers alone; x86-64 and AArch64 pass them in registers of 64 bits, of which who takes an int
 * looks at the lower half: so one shape for each number of arguments will do. Pointers are those
 * that the libraries gave, kept by objects which know whether they are closed.
 */
final class NativeCalls {
  private static final String CM = "librdmacm.so.1";
  private static final String VERBS = "libibverbs.so.1";
  private static final int MOST_ARGUMENTS = 5;

  /** A function of one of the libraries. */
  enum Function {
    RDMA_CREATE_EVENT_CHANNEL,
    RDMA_DESTROY_EVENT_CHANNEL,
    RDMA_CREATE_ID,
    RDMA_DESTROY_ID,
    RDMA_BIND_ADDR,
    RDMA_LISTEN,
    RDMA_RESOLVE_ADDR,
    RDMA_RESOLVE_ROUTE,
    RDMA_CONNECT,
    RDMA_ACCEPT,
    RDMA_REJECT,
    RDMA_DISCONNECT,
    RDMA_MIGRATE_ID,
    RDMA_SET_OPTION,
    RDMA_CREATE_QP,
    RDMA_DESTROY_QP,
    RDMA_GET_CM_EVENT,
    RDMA_ACK_CM_EVENT,
    IBV_ALLOC_PD,
    IBV_DEALLOC_PD,
    IBV_CREATE_COMP_CHANNEL,
    IBV_DESTROY_COMP_CHANNEL,
    IBV_CREATE_CQ,
    IBV_DESTROY_CQ,
    IBV_GET_CQ_EVENT,
    IBV_ACK_CQ_EVENTS,
    IBV_REG_MR,
    IBV_DEREG_MR;

    /** Returns its name in C. */
    String symbol() {
      return name().toLowerCase(java.util.Locale.ROOT);
    }
  }

  /** All memory: what the libraries point to has no segment of its own. */
  private static final MemorySegment ALL = everything();

  private static final MemoryLayout CAPTURE = Linker.Option.captureStateLayout();
  private static final long ERRNO =
      CAPTURE.byteOffset(MemoryLayout.PathElement.groupElement("errno"));

  private final Map<Function, MemorySegment> functions = new EnumMap<>(Function.class);

  /** By number of arguments; with errno. */
  private final MethodHandle[] shapes = new MethodHandle[MOST_ARGUMENTS + 1];

  /** Without errno, which these do not set. */
  private final MethodHandle two;

  private final MethodHandle three;
  private final MethodHandle poll;
  private final MethodHandle fcntl;

  private NativeCalls(SymbolLookup cm, SymbolLookup verbs) throws VerbsException {
    for (Function function : Function.values()) {
      boolean isCm = function.name().startsWith("RDMA");
      Optional<MemorySegment> found = (isCm ? cm : verbs).find(function.symbol());
      if (found.isEmpty()) {
        throw new VerbsException((isCm ? CM : VERBS) + " has no " + function.symbol(), 0);
      }
      functions.put(function, found.get());
    }
    Linker linker = Linker.nativeLinker();
    for (int i = 0; i < shapes.length; i++) {
      shapes[i] = shape(linker, i, Linker.Option.captureCallState("errno"));
    }
    two = shape(linker, 2);
    three = shape(linker, 3);
    poll = shape(linker, 3).bindTo(linker.defaultLookup().findOrThrow("poll"));
    fcntl =
        shape(linker, 3, Linker.Option.firstVariadicArg(2))
            .bindTo(linker.defaultLookup().findOrThrow("fcntl"));
  }

  @SuppressWarnings("restricted") // Integers and pointers: see above.
  private static MethodHandle shape(Linker linker, int arguments, Linker.Option... options) {
    MemoryLayout[] layouts = new MemoryLayout[arguments];
    Arrays.fill(layouts, ValueLayout.JAVA_LONG);
    return linker.downcallHandle(FunctionDescriptor.of(ValueLayout.JAVA_LONG, layouts), options);
  }

  @SuppressWarnings("restricted") // Read and written at the places that VerbsStructs tells.
  private static MemorySegment everything() {
    return MemorySegment.NULL.reinterpret(Long.MAX_VALUE);
  }

  /**
   * Loads the libraries.
   *
   * @throws VerbsException if they are not here, or this is no 64-bit Linux
   */
  static NativeCalls load() throws VerbsException {
    String system = System.getProperty("os.name", "");
    String machine = System.getProperty("os.arch", "");
    boolean known = machine.equals("amd64") || machine.equals("aarch64");
    if (!system.equals("Linux") || !known || ByteOrder.nativeOrder() != ByteOrder.LITTLE_ENDIAN) {
      throw new VerbsException(
          "RDMA: expected Linux on x86-64 or AArch64, found %s on %s; use tcp:"
              .formatted(system, machine),
          0);
    }
    return new NativeCalls(library(CM), library(VERBS));
  }

  @SuppressWarnings("restricted") // Libraries of the system, by soname.
  static SymbolLookup library(String name) throws VerbsException {
    try {
      return SymbolLookup.libraryLookup(name, Arena.global());
    } catch (IllegalArgumentException e) {
      VerbsException told = VerbsException.noLibrary(name);
      told.initCause(e);
      throw told;
    }
  }

  /** What a call returned. */
  private record Returned(long value, int errno) {}

  private Returned call(Function function, long... arguments) {
    MethodHandle shape = shapes[arguments.length];
    MemorySegment address = functions.get(function);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment capture = arena.allocate(CAPTURE);
      long value =
          switch (arguments.length) {
            case 0 -> (long) shape.invokeExact(address, capture);
            case 1 -> (long) shape.invokeExact(address, capture, arguments[0]);
            case 2 -> (long) shape.invokeExact(address, capture, arguments[0], arguments[1]);
            case 3 ->
                (long)
                    shape.invokeExact(address, capture, arguments[0], arguments[1], arguments[2]);
            case 4 ->
                (long)
                    shape.invokeExact(
                        address, capture, arguments[0], arguments[1], arguments[2], arguments[3]);
            case 5 ->
                (long)
                    shape.invokeExact(
                        address,
                        capture,
                        arguments[0],
                        arguments[1],
                        arguments[2],
                        arguments[3],
                        arguments[4]);
            default -> throw new IllegalArgumentException(function + " has fewer arguments");
          };
      return new Returned(value, capture.get(ValueLayout.JAVA_INT, ERRNO));
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new IllegalStateException(function + " throws nothing", e);
    }
  }

  /** Calls a function that returns a pointer, NULL if it fails. */
  long pointer(Function function, long... arguments) throws VerbsException {
    Returned returned = call(function, arguments);
    if (returned.value == 0) {
      throw VerbsException.ofCall(function.symbol(), returned.errno);
    }
    return returned.value;
  }

  /** Calls a function that returns an int, not 0 if it fails: -1, or errno itself. */
  void must(Function function, long... arguments) throws VerbsException {
    Returned returned = call(function, arguments);
    int value = (int) returned.value;
    if (value != 0) {
      throw VerbsException.ofCall(function.symbol(), value > 0 ? value : returned.errno);
    }
  }

  /** Calls a function whose failure changes nothing; returns what it returned. */
  int quietly(Function function, long... arguments) {
    return (int) call(function, arguments).value;
  }

  /** Calls a verb of a device, of two arguments; returns 0, or errno. */
  int verb(long function, long first, long second) {
    try {
      return (int) (long) two.invokeExact(at(function), first, second);
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new IllegalStateException("a verb throws nothing", e);
    }
  }

  /** Calls a verb of a device, of three arguments. */
  int verb(long function, long first, long second, long third) {
    try {
      return (int) (long) three.invokeExact(at(function), first, second, third);
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new IllegalStateException("a verb throws nothing", e);
    }
  }

  private static MemorySegment at(long address) {
    return MemorySegment.ofAddress(address);
  }

  /**
   * Waits until something can be read.
   *
   * @param most milliseconds
   * @return whether something can
   */
  boolean awaitReadable(int most, int... descriptors) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment all = arena.allocate(8L * descriptors.length, 8);
      for (int i = 0; i < descriptors.length; i++) {
        all.set(ValueLayout.JAVA_INT, 8L * i, descriptors[i]);
        all.set(ValueLayout.JAVA_SHORT, 8L * i + 4, (short) 1); // POLLIN
      }
      return (int) (long) poll.invokeExact(all.address(), (long) descriptors.length, (long) most)
          > 0;
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new IllegalStateException("poll throws nothing", e);
    }
  }

  /** Lets no read of a descriptor wait. */
  void setNonBlocking(int descriptor) {
    try {
      long flags = (long) fcntl.invokeExact((long) descriptor, 3L, 0L); // F_GETFL
      long _ = (long) fcntl.invokeExact((long) descriptor, 4L, flags | 0x800); // F_SETFL O_NONBLOCK
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new IllegalStateException("fcntl throws nothing", e);
    }
  }

  static long getLong(long address) {
    return ALL.get(ValueLayout.JAVA_LONG_UNALIGNED, address);
  }

  static int getInt(long address) {
    return ALL.get(ValueLayout.JAVA_INT_UNALIGNED, address);
  }

  static byte getByte(long address) {
    return ALL.get(ValueLayout.JAVA_BYTE, address);
  }

  /** Copies bytes that a library points to. */
  static byte[] bytes(long address, int count) {
    return ALL.asSlice(address, count).toArray(ValueLayout.JAVA_BYTE);
  }
}
