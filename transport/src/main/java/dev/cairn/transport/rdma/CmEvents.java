package dev.cairn.transport.rdma;

/** {@code enum rdma_cm_event_type}: numbers of rdma-core's ABI. Constants only. */
final class CmEvents {
  private CmEvents() {}

  static final int ADDR_RESOLVED = 0;
  static final int ADDR_ERROR = 1;
  static final int ROUTE_RESOLVED = 2;
  static final int ROUTE_ERROR = 3;
  static final int CONNECT_REQUEST = 4;
  static final int CONNECT_ERROR = 6;
  static final int UNREACHABLE = 7;
  static final int REJECTED = 8;
  static final int ESTABLISHED = 9;
  static final int DISCONNECTED = 10;
  static final int DEVICE_REMOVAL = 11;
  static final int TIMEWAIT_EXIT = 15;

  /** Returns its name, and what can be done. */
  static String shown(int event) {
    return switch (event) {
      case ADDR_RESOLVED -> "ADDR_RESOLVED";
      case ADDR_ERROR ->
          "ADDR_ERROR: no RDMA device leads there: see `rdma link` and `ip route get`, or use tcp:";
      case ROUTE_RESOLVED -> "ROUTE_RESOLVED";
      case ROUTE_ERROR -> "ROUTE_ERROR";
      case CONNECT_REQUEST -> "CONNECT_REQUEST";
      case CONNECT_ERROR -> "CONNECT_ERROR";
      case UNREACHABLE -> "UNREACHABLE: nobody answers there";
      case REJECTED -> "REJECTED: nobody listens there, or it is no cairn of this version";
      case ESTABLISHED -> "ESTABLISHED";
      case DISCONNECTED -> "DISCONNECTED";
      case DEVICE_REMOVAL -> "DEVICE_REMOVAL: the RDMA device is gone";
      default -> "event " + event;
    };
  }
}
