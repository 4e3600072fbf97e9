package dev.cairn.transport.verbs;

import java.io.IOException;

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

  static VerbsException noLibrary(String library) {
    return new VerbsException(
        library
            + " is not here: install rdma-core's libraries (Debian: librdmacm1 libibverbs1"
            + " ibverbs-providers), or use tcp:",
        0);
  }
}
