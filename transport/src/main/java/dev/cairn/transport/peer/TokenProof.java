package dev.cairn.transport.peer;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Base64;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * That somebody has a token, for one TLS session alone (transport/PROTOCOL.md, Who is who).
 * Stateless.
 */
public final class TokenProof {
  /** Label of what is exported from the session (RFC 8446, 7.5). */
  public static final String LABEL = "EXPORTER-cairn-token";

  /** How much is exported, bytes. */
  public static final int EXPORTED_BYTES = 32;

  private static final String MAC = "HmacSHA256";

  private TokenProof() {}

  /** Returns the context of what is exported for a name. */
  public static byte[] context(String name) {
    return name.getBytes(StandardCharsets.UTF_8);
  }

  /** Returns the proof, base64url without padding. */
  public static String of(byte[] token, byte[] exported) {
    try {
      Mac mac = Mac.getInstance(MAC);
      mac.init(new SecretKeySpec(token, MAC));
      return Base64.getUrlEncoder().withoutPadding().encodeToString(mac.doFinal(exported));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every JDK has " + MAC, e);
    }
  }

  /** Tells whether a proof holds, in a time that says nothing of where it does not. */
  public static boolean holds(String proof, byte[] token, byte[] exported) {
    return MessageDigest.isEqual(
        of(token, exported).getBytes(StandardCharsets.US_ASCII),
        proof.getBytes(StandardCharsets.US_ASCII));
  }
}
