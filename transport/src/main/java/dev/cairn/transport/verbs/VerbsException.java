package dev.cairn.transport.verbs;

import java.io.IOException;
import java.net.SocketAddress;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A call to rdma-core failed, or there is no RDMA here; the message says what can be done. */
public final class VerbsException extends IOException {
  private static final long serialVersionUID = 1;

  static final int ENOMEM = 12;
  private static final int EFAULT = 14;
  static final int ENODEV = 19;
  static final int EAGAIN = 11;
  private static final int ENOENT = 2;
  private static final int EADDRINUSE = 98;
  private static final int EADDRNOTAVAIL = 99;

  /** Of a call whose errno nobody told. */
  private static final int UNKNOWN = -1;

  private final int errno;

  VerbsException(String message, int errno) {
    super(message);
    this.errno = errno;
  }

  /** Returns errno of the call, 0 if there was none. */
  public int errno() {
    return errno;
  }

  /** Tells whether somebody listens there already. */
  public boolean isAddressInUse() {
    return errno == EADDRINUSE;
  }

  /** Tells whether it is this host that has no RDMA, or lets too little memory be locked. */
  public boolean isOfThisHost() {
    return errno == 0 || errno == ENODEV || errno == ENOMEM;
  }

  /** Tells whether such memory can never be registered here. */
  public boolean isBadMemory() {
    return errno == EFAULT;
  }

  static VerbsException ofCall(String function, int errno) {
    return new VerbsException(function + ": errno " + errno + hint(function, errno), errno);
  }

  private static String hint(String function, int errno) {
    return switch (errno) {
      case ENODEV, ENOENT ->
          function.equals("rdma_create_event_channel") ? NO_DEVICE : ": the device is gone";
      case ENOMEM ->
          ": too little memory may be locked: see `ulimit -l`, and LimitMEMLOCK= of a unit;"
              + " or use tcp:";
      case EADDRNOTAVAIL ->
          ": no RDMA device has that address: see `rdma link` and `ip address`," + " or use tcp:";
      case EADDRINUSE -> ": somebody listens there already";
      default -> "";
    };
  }

  private static final String NO_DEVICE =
      ": no RDMA in this kernel, or no device: see `rdma link`, load rdma_ucm and the driver of the"
          + " card; or use tcp:";

  /** What strerror(3) says of the numbers above. */
  private static final Map<String, Integer> WORDS =
      Map.of(
          "Cannot allocate memory", ENOMEM,
          "Bad address", EFAULT,
          "No such device", ENODEV,
          "No such file or directory", ENOENT,
          "Address already in use", EADDRINUSE,
          "Cannot assign requested address", EADDRNOTAVAIL);

  private static final Pattern OF_DISNI = Pattern.compile("(?s).*: (\\w+) failed: (.*?)\\s*");

  /** Returns the same of what DiSNI tells: a function, and words for its errno. */
  static VerbsException ofDisni(IOException why) {
    if (why instanceof VerbsException same) {
      return same;
    }
    String said = String.valueOf(why.getMessage()).strip();
    Matcher call = OF_DISNI.matcher(said);
    Integer errno = call.matches() ? WORDS.get(call.group(2)) : null;
    VerbsException told =
        errno == null
            ? new VerbsException("libdisni: " + said, UNKNOWN)
            : ofCall(call.group(1), errno);
    told.initCause(why);
    return told;
  }

  static VerbsException noDisni(LinkageError why) {
    Throwable cause = why.getCause() == null ? why : why.getCause(); // of all but the first time
    VerbsException told =
        new VerbsException(
            "libdisni.so is asked for and cannot be loaded ("
                + cause.getMessage()
                + "): build it and set JDK_JAVA_OPTIONS=-Djava.library.path=DIRECTORY as"
                + " transport/RDMA.md says, unset CAIRN_RDMA_PROVIDER, or use tcp:",
            0);
    told.initCause(why);
    return told;
  }

  static VerbsException noExports(LinkageError why) {
    VerbsException told =
        new VerbsException(
            "libdisni needs a package of the JDK: start Java with --add-exports"
                + " java.base/sun.nio.ch=ALL-UNNAMED, unset CAIRN_RDMA_PROVIDER, or use tcp:",
            0);
    told.initCause(why);
    return told;
  }

  static VerbsException unknownProvider(String name) {
    return new VerbsException(
        "CAIRN_RDMA_PROVIDER: expected own or disni, found "
            + name
            + ": correct it or unset it, or use tcp:",
        0);
  }

  static VerbsException onlyV4(SocketAddress address) {
    return new VerbsException(
        "libdisni knows IPv4 alone, found "
            + address
            + ": give an address of IPv4, unset CAIRN_RDMA_PROVIDER, or use tcp:",
        0);
  }

  static VerbsException noLibrary(String library) {
    return new VerbsException(
        library
            + " is not here: install rdma-core's libraries (Debian: librdmacm1 libibverbs1"
            + " ibverbs-providers), or use tcp:",
        0);
  }
}
