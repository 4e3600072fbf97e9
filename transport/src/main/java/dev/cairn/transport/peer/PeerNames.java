package dev.cairn.transport.peer;

import dev.cairn.transport.linux.UserNumbers;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.UserPrincipal;
import java.util.OptionalInt;

/** Who a peer is, by what the kernel says of its connection. Stateless. */
public final class PeerNames {
  private PeerNames() {}

  /**
   * Returns the peer of a Unix socket.
   *
   * @param user as SO_PEERCRED says
   */
  public static Peer ofUser(UserPrincipal user) throws IOException {
    OptionalInt uid = UserNumbers.uid(user.getName());
    if (uid.isEmpty()) {
      throw new IOException("user " + user.getName() + " of a Unix socket has no uid");
    }
    boolean own = user.equals(Files.getOwner(Path.of("/proc/self")));
    String name = "uid:" + Integer.toUnsignedString(uid.getAsInt());
    return new Peer(name, name, own ? Peer.Standing.OWN : Peer.Standing.FAR);
  }

  /**
   * Returns the peer of a plain connection.
   *
   * @param insecure the operator said that whoever can connect may
   */
  public static Peer ofAddress(InetAddress address, boolean insecure) {
    boolean near = address.isLoopbackAddress() || insecure;
    return new Peer("", address.getHostAddress(), near ? Peer.Standing.NEAR : Peer.Standing.FAR);
  }

  /** Returns a peer that has shown its name. */
  public static Peer named(Peer before, String name) {
    return new Peer(name, before.address(), before.standing());
  }
}
