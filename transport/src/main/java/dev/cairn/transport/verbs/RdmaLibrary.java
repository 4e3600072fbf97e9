package dev.cairn.transport.verbs;

import com.ibm.disni.verbs.IbvCQ;
import com.ibm.disni.verbs.IbvCompChannel;
import com.ibm.disni.verbs.IbvMr;
import com.ibm.disni.verbs.IbvPd;
import com.ibm.disni.verbs.IbvQP;
import com.ibm.disni.verbs.IbvQPInitAttr;
import com.ibm.disni.verbs.RdmaCmEvent;
import com.ibm.disni.verbs.RdmaCmId;
import com.ibm.disni.verbs.RdmaConnParam;
import com.ibm.disni.verbs.RdmaEventChannel;
import com.ibm.disni.verbs.RdmaVerbs;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.net.SocketAddress;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Who makes the calls of RDMA: verbs by DiSNI's API, and connections as DiSNI has them, with what
 * its API lacks. Thread-safe, but one thread at a time for each object.
 */
public interface RdmaLibrary {
  /** Our own calls to rdma-core. */
  String OWN = "own";

  /** DiSNI's native library. */
  String DISNI = "disni";

  /**
   * Returns a library; the first call loads it.
   *
   * @param provider {@link #OWN} or {@link #DISNI}
   * @throws VerbsException if it is not here, or there is no RDMA here; says what to do
   */
  static RdmaLibrary open(String provider) throws VerbsException {
    return switch (provider) {
      case OWN -> NativeProvider.open().openCm();
      case DISNI -> DisniLibrary.open();
      default -> throw VerbsException.unknownProvider(provider);
    };
  }

  /**
   * Returns what goes with connect and accept.
   *
   * @param arena of the private data: until the call has returned
   * @param retries of a packet without an answer; never 7, which rxe takes for "for ever"
   */
  static RdmaConnParam param(Arena arena, byte[] privateData, int retries) {
    MemorySegment data = arena.allocate(privateData.length);
    data.copyFrom(MemorySegment.ofArray(privateData));
    return new NativeObjects.ConnParam(data.address(), privateData.length, retries);
  }

  /** Returns all that is no connection. */
  RdmaVerbs verbs();

  /**
   * Registers memory.
   *
   * @throws VerbsException if it cannot be
   */
  IbvMr register(IbvPd pd, MemorySegment memory, int access) throws IOException;

  /**
   * Waits until there may be a completion or an event; a library that cannot wait for both wakes
   * for completions alone.
   *
   * @param most milliseconds
   */
  void await(RdmaEventChannel connection, IbvCompChannel completions, IbvCQ cq, int most)
      throws IOException;

  /** See {@link com.ibm.disni.verbs.RdmaCm}; so are all that follow. */
  RdmaEventChannel createEventChannel() throws IOException;

  RdmaCmId createId(RdmaEventChannel channel, short portSpace) throws IOException;

  IbvQP createQP(RdmaCmId id, IbvPd pd, IbvQPInitAttr attributes) throws IOException;

  void bindAddr(RdmaCmId id, SocketAddress address) throws IOException;

  void listen(RdmaCmId id, int backlog) throws IOException;

  void resolveAddr(RdmaCmId id, @Nullable SocketAddress from, SocketAddress to, int timeoutMillis)
      throws IOException;

  void resolveRoute(RdmaCmId id, int timeoutMillis) throws IOException;

  /** Returns the next event, acknowledged; null if none comes in time. */
  @Nullable RdmaCmEvent getCmEvent(RdmaEventChannel channel, int timeoutMillis) throws IOException;

  void connect(RdmaCmId id, RdmaConnParam param) throws IOException;

  void accept(RdmaCmId id, RdmaConnParam param) throws IOException;

  int disconnect(RdmaCmId id);

  int destroyEventChannel(RdmaEventChannel channel);

  int destroyCmId(RdmaCmId id);

  int destroyQP(RdmaCmId id);

  SocketAddress getSrcAddr(RdmaCmId id) throws IOException;

  SocketAddress getDstAddr(RdmaCmId id) throws IOException;

  /**
   * Returns what the peer has sent with an event, padded with zeros by the device, and empty if it
   * sent nothing; none if this library does not tell.
   */
  Optional<byte[]> privateData(RdmaCmEvent event);

  /** Lets nobody in who asks by this id. */
  void reject(RdmaCmId id);

  /** Has the events of an id come on another channel. */
  void migrate(RdmaCmId id, RdmaEventChannel to) throws IOException;

  /**
   * Sets how long a packet waits for its answer, where device and library can: 4.096 µs times two
   * to the power of it. Before connect and accept.
   */
  void setAckTimeout(RdmaCmId id, int exponent);
}
