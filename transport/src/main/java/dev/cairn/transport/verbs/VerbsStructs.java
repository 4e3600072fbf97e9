package dev.cairn.transport.verbs;

/**
 * Where the fields of rdma-core's structs lie, bytes, 64-bit Linux. Constants only. They are the
 * libraries' ABI, and cannot move without another soname; transport/RDMA.md has them as a table,
 * with which a test compares these.
 */
final class VerbsStructs {
  private VerbsStructs() {}

  static final int CONTEXT_CMD_FD = 264;
  static final int CONTEXT_VECTORS = 272;

  /** {@code struct ibv_context_ops} lies in the context; its functions are called through it. */
  static final int CONTEXT_OPS = 8;

  static final int OPS_POLL_CQ = 88;
  static final int OPS_REQ_NOTIFY_CQ = 96;
  static final int OPS_POST_SEND = 200;
  static final int OPS_POST_RECV = 208;

  static final int SGE_BYTES = 16;
  static final int SGE_ADDRESS = 0;
  static final int SGE_LENGTH = 8;
  static final int SGE_LKEY = 12;

  static final int SEND_WR_BYTES = 128;
  static final int SEND_WR_ID = 0;
  static final int SEND_WR_NEXT = 8;
  static final int SEND_WR_SG_LIST = 16;
  static final int SEND_WR_NUM_SGE = 24;
  static final int SEND_WR_OPCODE = 28;
  static final int SEND_WR_FLAGS = 32;
  static final int SEND_WR_REMOTE_ADDRESS = 40;
  static final int SEND_WR_RKEY = 48;

  static final int RECV_WR_BYTES = 32;
  static final int RECV_WR_ID = 0;
  static final int RECV_WR_NEXT = 8;
  static final int RECV_WR_SG_LIST = 16;
  static final int RECV_WR_NUM_SGE = 24;

  static final int WC_BYTES = 48;
  static final int WC_WR_ID = 0;
  static final int WC_STATUS = 8;
  static final int WC_OPCODE = 12;
  static final int WC_BYTE_LEN = 20;
  static final int WC_QP_NUM = 28;

  static final int QP_INIT_BYTES = 64;
  static final int QP_INIT_SEND_CQ = 8;
  static final int QP_INIT_RECV_CQ = 16;
  static final int QP_INIT_MAX_SEND_WR = 32;
  static final int QP_INIT_MAX_RECV_WR = 36;
  static final int QP_INIT_MAX_SEND_SGE = 40;
  static final int QP_INIT_MAX_RECV_SGE = 44;
  static final int QP_INIT_MAX_INLINE = 48;
  static final int QP_INIT_TYPE = 52;
  static final int QP_INIT_SIG_ALL = 56;

  static final int ID_VERBS = 0;
  static final int ID_QP = 24;
  static final int ID_SOURCE = 32;
  static final int ID_DESTINATION = 160;
  static final int ID_PORT_NUM = 348;

  static final int EVENT_ID = 0;
  static final int EVENT_LISTEN_ID = 8;
  static final int EVENT_EVENT = 16;
  static final int EVENT_STATUS = 20;
  static final int EVENT_PRIVATE_DATA = 24;
  static final int EVENT_PRIVATE_DATA_LEN = 32;

  static final int PARAM_BYTES = 24;
  static final int PARAM_PRIVATE_DATA = 0;
  static final int PARAM_PRIVATE_DATA_LEN = 8;
  static final int PARAM_RESPONDER_RESOURCES = 9;
  static final int PARAM_INITIATOR_DEPTH = 10;
  static final int PARAM_RETRY_COUNT = 12;
  static final int PARAM_RNR_RETRY_COUNT = 13;

  static final int CHANNEL_FD = 0;
  static final int COMP_CHANNEL_FD = 8;
  static final int PD_HANDLE = 8;

  static final int MR_ADDRESS = 16;
  static final int MR_LENGTH = 24;
  static final int MR_HANDLE = 32;
  static final int MR_LKEY = 36;
  static final int MR_RKEY = 40;

  static final int QP_NUM = 52;
  static final int CQ_HANDLE = 24;
}
