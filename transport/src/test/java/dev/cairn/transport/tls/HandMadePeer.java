package dev.cairn.transport.tls;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.math.BigInteger;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.MessageDigest;
import java.security.interfaces.XECPublicKey;
import java.security.spec.NamedParameterSpec;
import java.security.spec.XECPublicKeySpec;
import java.util.Arrays;
import java.util.HexFormat;
import javax.crypto.Cipher;
import javax.crypto.KeyAgreement;
import javax.crypto.Mac;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * A client of TLS 1.3 made by hand (RFC 8446; X25519, AES-128-GCM, SHA-256, no certificate of its
 * own, and the server's is not looked at): so it can send what a library never would, sealed as it
 * must be. Not thread-safe.
 */
final class HandMadePeer {
  static final int ALERT = 21;
  static final int HANDSHAKE = 22;
  static final int DATA = 23;

  private static final int CLIENT_HELLO = 1;
  private static final int CERTIFICATE_REQUEST = 13;
  private static final int CERTIFICATE = 11;
  private static final int FINISHED = 20;
  private static final int KEY_UPDATE = 24;
  private static final int HASH = 32;

  /** What came in a record. */
  static final class Content {
    private final int type;
    private final byte[] bytes;

    private Content(int type, byte[] bytes) {
      this.type = type;
      this.bytes = bytes;
    }

    int type() {
      return type;
    }

    byte[] bytes() {
      return bytes;
    }
  }

  /** One direction's keys. */
  private static final class Keys {
    private byte[] secret;
    private long sequence;

    Keys(byte[] secret) {
      this.secret = secret;
    }

    void update() throws GeneralSecurityException {
      secret = expand(secret, "traffic upd", new byte[0], HASH);
      sequence = 0;
    }

    byte[] apply(int mode, byte[] header, byte[] text) throws GeneralSecurityException {
      byte[] nonce = expand(secret, "iv", new byte[0], 12);
      for (int i = 0; i < 8; i++) {
        nonce[4 + i] ^= (byte) (sequence >>> (8 * (7 - i)));
      }
      sequence++;
      Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
      SecretKeySpec key = new SecretKeySpec(expand(secret, "key", new byte[0], 16), "AES");
      cipher.init(mode, key, new GCMParameterSpec(128, nonce));
      cipher.updateAAD(header);
      return cipher.doFinal(text);
    }
  }

  private final DataInputStream in;
  private final OutputStream out;
  private final ByteArrayOutputStream transcript = new ByteArrayOutputStream();
  private Keys reading = new Keys(new byte[HASH]);
  private Keys writing = new Keys(new byte[HASH]);
  private byte[] exporter = new byte[HASH];

  HandMadePeer(Socket socket) throws IOException {
    socket.setSoTimeout(Loopback.SECONDS * 1000);
    in = new DataInputStream(socket.getInputStream());
    out = socket.getOutputStream();
  }

  /** Returns a ClientHello as it stands in a record. */
  static byte[] hello(byte[] share) {
    byte[] extensions =
        concat(
            hex("002b0003020304"), // supported_versions: 1.3
            hex("000a00060004001d0017"), // supported_groups: x25519, P-256
            hex("000d00080006040308040401"), // signature_algorithms: ECDSA P-256, RSA
            hex("002d00020101"), // psk_key_exchange_modes: would take a ticket
            hex("003300260024001d0020"), // key_share
            share);
    byte[] random = new byte[32];
    Arrays.fill(random, (byte) 7);
    return message(
        CLIENT_HELLO,
        concat(
            hex("0303"),
            random,
            hex("00" + "00021301" + "0100"), // no session, AES-128-GCM, no compression
            ByteBuffer.allocate(2).putShort((short) extensions.length).array(),
            extensions));
  }

  /** Shakes hands, as a sound client. */
  void shakeHands() throws IOException, GeneralSecurityException {
    KeyPair own = KeyPairGenerator.getInstance("X25519").generateKeyPair();
    byte[] share = reversed(((XECPublicKey) own.getPublic()).getU());
    byte[] hello = hello(share);
    transcript.writeBytes(hello);
    sendRaw(record(HANDSHAKE, hello));
    byte[] answer = readRecord(new byte[5]);
    transcript.writeBytes(answer);
    KeyAgreement agreement = KeyAgreement.getInstance("X25519");
    agreement.init(own.getPrivate());
    agreement.doPhase(
        KeyFactory.getInstance("X25519")
            .generatePublic(
                new XECPublicKeySpec(
                    NamedParameterSpec.X25519, new BigInteger(1, reversed(keyShare(answer))))),
        true);
    byte[] early = hmac(new byte[HASH], new byte[HASH]);
    byte[] shared = hmac(derive(early, "derived", new byte[0]), agreement.generateSecret());
    byte[] traffic = derive(shared, "c hs traffic", transcript.toByteArray());
    reading = new Keys(derive(shared, "s hs traffic", transcript.toByteArray()));
    writing = new Keys(traffic);
    boolean isAsked = readFlight();
    byte[] master = hmac(derive(shared, "derived", new byte[0]), new byte[HASH]);
    byte[] all = transcript.toByteArray();
    if (isAsked) {
      byte[] none = message(CERTIFICATE, hex("00000000"));
      transcript.writeBytes(none);
      send(HANDSHAKE, none);
    }
    byte[] finishedKey = expand(traffic, "finished", new byte[0], HASH);
    send(HANDSHAKE, message(FINISHED, hmac(finishedKey, hash(transcript.toByteArray()))));
    reading = new Keys(derive(master, "s ap traffic", all));
    writing = new Keys(derive(master, "c ap traffic", all));
    exporter = derive(master, "exp master", all);
  }

  /** Reads up to the server's Finished; tells whether it asks for a certificate. */
  private boolean readFlight() throws IOException, GeneralSecurityException {
    boolean isAsked = false;
    ByteBuffer messages = ByteBuffer.allocate(1 << 16);
    for (; ; ) {
      messages.put(receive().bytes);
      messages.flip();
      while (messages.remaining() >= 4
          && messages.remaining() >= 4 + (messages.getInt(messages.position()) & 0xffffff)) {
        byte[] next = new byte[4 + (messages.getInt(messages.position()) & 0xffffff)];
        messages.get(next);
        transcript.writeBytes(next);
        isAsked |= next[0] == CERTIFICATE_REQUEST;
        if (next[0] == FINISHED) {
          return isAsked;
        }
      }
      messages.compact();
    }
  }

  private static byte[] keyShare(byte[] serverHello) {
    ByteBuffer fields = ByteBuffer.wrap(serverHello);
    fields.position(4 + 2 + 32);
    fields.position(fields.position() + 1 + fields.get(fields.position()) + 2 + 1 + 2);
    while (fields.hasRemaining()) {
      int type = fields.getShort();
      byte[] value = new byte[fields.getShort()];
      fields.get(value);
      if (type == 51) {
        return Arrays.copyOfRange(value, 4, value.length);
      }
    }
    throw new AssertionError("no key share");
  }

  /** Sends bytes as they are. */
  void sendRaw(byte[] bytes) throws IOException {
    out.write(bytes);
  }

  /** Seals a record and sends it. */
  void send(int type, byte[] content) throws IOException, GeneralSecurityException {
    sendRaw(seal(type, content));
  }

  /** Seals a record. */
  byte[] seal(int type, byte[] content) throws GeneralSecurityException {
    byte[] text = concat(content, new byte[] {(byte) type});
    byte[] header = header(DATA, text.length + 16);
    return concat(header, writing.apply(Cipher.ENCRYPT_MODE, header, text));
  }

  /** Renews the keys of this direction. */
  void updateKeys(boolean bothWays) throws IOException, GeneralSecurityException {
    send(HANDSHAKE, message(KEY_UPDATE, new byte[] {(byte) (bothWays ? 1 : 0)}));
    writing.update();
  }

  /** Opens the next record; renews the keys if it says so. */
  Content receive() throws IOException, GeneralSecurityException {
    byte[] header = new byte[5];
    byte[] sealed = readRecord(header);
    byte[] text = reading.apply(Cipher.DECRYPT_MODE, header, sealed);
    int end = text.length - 1;
    while (text[end] == 0) {
      end--;
    }
    Content content = new Content(text[end], Arrays.copyOf(text, end));
    if (content.type == HANDSHAKE && content.bytes[0] == KEY_UPDATE) {
      reading.update();
    }
    return content;
  }

  private byte[] readRecord(byte[] header) throws IOException {
    in.readFully(header);
    byte[] body = new byte[(header[3] & 0xff) << 8 | (header[4] & 0xff)];
    in.readFully(body);
    return body;
  }

  /** Returns keying material as RFC 8446 (7.5) says. */
  byte[] export(String label, byte[] context, int length) throws GeneralSecurityException {
    return expand(derive(exporter, label, new byte[0]), "exporter", hash(context), length);
  }

  static byte[] record(int type, byte[] content) {
    return concat(header(type, content.length), content);
  }

  private static byte[] header(int type, int length) {
    return new byte[] {(byte) type, 3, 3, (byte) (length >> 8), (byte) length};
  }

  static byte[] message(int type, byte[] body) {
    return concat(ByteBuffer.allocate(4).putInt(type << 24 | body.length).array(), body);
  }

  private static byte[] derive(byte[] secret, String label, byte[] messages)
      throws GeneralSecurityException {
    return expand(secret, label, hash(messages), HASH);
  }

  /** HKDF-Expand-Label (RFC 8446, 7.1), of one block. */
  private static byte[] expand(byte[] secret, String label, byte[] context, int length)
      throws GeneralSecurityException {
    byte[] name = ("tls13 " + label).getBytes(StandardCharsets.US_ASCII);
    byte[] info =
        concat(
            new byte[] {0, (byte) length, (byte) name.length},
            name,
            new byte[] {(byte) context.length},
            context,
            new byte[] {1});
    return Arrays.copyOf(hmac(secret, info), length);
  }

  private static byte[] hmac(byte[] key, byte[] text) throws GeneralSecurityException {
    Mac mac = Mac.getInstance("HmacSHA256");
    mac.init(new SecretKeySpec(key, "HmacSHA256"));
    return mac.doFinal(text);
  }

  private static byte[] hash(byte[] bytes) throws GeneralSecurityException {
    return MessageDigest.getInstance("SHA-256").digest(bytes);
  }

  private static byte[] reversed(BigInteger number) {
    byte[] big = number.toByteArray();
    byte[] little = new byte[32];
    for (int i = 0; i < Math.min(32, big.length); i++) {
      little[i] = big[big.length - 1 - i];
    }
    return little;
  }

  private static byte[] reversed(byte[] bytes) {
    byte[] made = new byte[bytes.length];
    for (int i = 0; i < bytes.length; i++) {
      made[i] = bytes[bytes.length - 1 - i];
    }
    return made;
  }

  static byte[] hex(String digits) {
    return HexFormat.of().parseHex(digits);
  }

  static byte[] concat(byte[]... parts) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      all.writeBytes(part);
    }
    return all.toByteArray();
  }
}
