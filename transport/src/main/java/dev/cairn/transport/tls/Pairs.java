package dev.cairn.transport.tls;

import java.security.GeneralSecurityException;
import java.security.InvalidKeyException;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.SignatureException;

/** Tells which keys belong together, by signing something. Stateless. */
final class Pairs {
  private static final byte[] WORDS = {'c', 'a', 'i', 'r', 'n'};

  private Pairs() {}

  static boolean belong(PrivateKey secret, PublicKey open) throws GeneralSecurityException {
    String algorithm =
        switch (open.getAlgorithm()) {
          case "RSA" -> "SHA256withRSA";
          case "EC" -> "SHA256withECDSA";
          default -> open.getAlgorithm(); // EdDSA, RSASSA-PSS: JSSE says what it does not take
        };
    try {
      Signature signature = Signature.getInstance(algorithm);
      signature.initSign(secret);
      signature.update(WORDS);
      byte[] signed = signature.sign();
      signature.initVerify(open);
      signature.update(WORDS);
      return signature.verify(signed);
    } catch (InvalidKeyException | SignatureException e) {
      return false;
    }
  }
}
