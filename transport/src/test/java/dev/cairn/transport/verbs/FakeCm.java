package dev.cairn.transport.verbs;

import com.ibm.disni.verbs.IbvPd;
import com.ibm.disni.verbs.IbvQP;
import com.ibm.disni.verbs.IbvQPInitAttr;
import com.ibm.disni.verbs.RdmaCm;
import com.ibm.disni.verbs.RdmaCmEvent;
import com.ibm.disni.verbs.RdmaCmId;
import com.ibm.disni.verbs.RdmaConnParam;
import com.ibm.disni.verbs.RdmaEventChannel;
import com.ibm.disni.verbs.RdmaProvider;
import com.ibm.disni.verbs.RdmaVerbs;
import java.io.IOException;
import java.lang.reflect.Field;
import java.net.SocketAddress;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/** Connections without a device: events come as a test says. Not thread-safe. */
final class FakeCm extends RdmaCm {
  private final Queue<RdmaCmEvent> waiting = new ArrayDeque<>();
  private final List<RdmaCmId> destroyed = new ArrayList<>();
  private final @Nullable Object before;
  private int channels;

  private FakeCm(@Nullable Object before) {
    this.before = before;
  }

  /** Every object of DiSNI's asks its provider for one of these. */
  static FakeCm install() throws ReflectiveOperationException {
    FakeCm made = new FakeCm(field().get(null));
    field()
        .set(
            null,
            new RdmaProvider() {
              @Override
              public RdmaCm openCm() {
                return made;
              }

              @Override
              public RdmaVerbs openVerbs() {
                throw new UnsupportedOperationException();
              }

              @Override
              public int getVersion() {
                return 33;
              }
            });
    return made;
  }

  void uninstall() throws ReflectiveOperationException {
    field().set(null, before);
  }

  private static Field field() throws ReflectiveOperationException {
    Field field = RdmaProvider.class.getDeclaredField("provider");
    field.setAccessible(true);
    return field;
  }

  private static final class Channel extends RdmaEventChannel {
    Channel() throws IOException {
      super(0);
    }
  }

  private static final class Id extends RdmaCmId {
    Id() throws IOException {
      super(null, null);
    }
  }

  RdmaCmId newId() throws IOException {
    return new Id();
  }

  void comes(int event, @Nullable RdmaCmId listening, RdmaCmId connection) throws IOException {
    waiting.add(new RdmaCmEvent(event, listening, connection));
  }

  List<RdmaCmId> destroyed() {
    return List.copyOf(destroyed);
  }

  int channels() {
    return channels;
  }

  @Override
  public RdmaEventChannel createEventChannel() throws IOException {
    channels++;
    return new Channel();
  }

  @Override
  public int destroyEventChannel(RdmaEventChannel channel) {
    channels--;
    return 0;
  }

  @Override
  public RdmaCmId createId(RdmaEventChannel channel, short portSpace) throws IOException {
    return newId();
  }

  @Override
  public int destroyCmId(RdmaCmId id) {
    destroyed.add(id);
    return 0;
  }

  @Override
  public @Nullable RdmaCmEvent getCmEvent(RdmaEventChannel channel, int timeoutMillis) {
    return waiting.poll();
  }

  @Override
  public IbvQP createQP(RdmaCmId id, IbvPd pd, IbvQPInitAttr attributes) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void bindAddr(RdmaCmId id, SocketAddress address) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void listen(RdmaCmId id, int backlog) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void resolveAddr(RdmaCmId id, SocketAddress from, SocketAddress to, int timeoutMillis) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void resolveRoute(RdmaCmId id, int timeoutMillis) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void connect(RdmaCmId id, RdmaConnParam param) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void accept(RdmaCmId id, RdmaConnParam param) {
    throw new UnsupportedOperationException();
  }

  @Override
  public int ackCmEvent(RdmaCmEvent event) {
    return 0;
  }

  @Override
  public int disconnect(RdmaCmId id) {
    throw new UnsupportedOperationException();
  }

  @Override
  public int destroyQP(RdmaCmId id) {
    throw new UnsupportedOperationException();
  }

  @Override
  public SocketAddress getSrcAddr(RdmaCmId id) {
    throw new UnsupportedOperationException();
  }

  @Override
  public SocketAddress getDstAddr(RdmaCmId id) {
    throw new UnsupportedOperationException();
  }

  @Override
  public int destroyEp(RdmaCmId id) {
    throw new UnsupportedOperationException();
  }
}
