package dev.cairn.tests.fuzz;

import dev.cairn.chain.manifest.FileEntry;
import dev.cairn.chain.manifest.Manifest;
import dev.cairn.chain.manifest.ManifestCodec;
import dev.cairn.chain.manifest.ManifestRules;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.zip.CRC32C;

/** A manifest's text, its CRC line mended. */
record ManifestTarget() implements FuzzTarget {
  private static final int CRC_LINE = "crc 00000000\n".length();

  @Override
  public String name() {
    return "manifest";
  }

  @Override
  public int mostBytes() {
    return 4 << 10;
  }

  @Override
  public Allowance allowance() {
    return Allowance.OF_MANIFEST;
  }

  @Override
  public Allowance.Extra read(byte[] input) throws IOException {
    mend(input);
    Manifest manifest = ManifestCodec.decode("MANIFEST", input);
    require(Arrays.equals(input, ManifestCodec.encode(manifest)), "the text is canonical");
    require(ManifestRules.broken(manifest).isEmpty(), "the rules hold");
    manifest.tip().ifPresent(tip -> require(manifest.next() > tip.number(), "next above the tip"));
    for (FileEntry index : manifest.indexes()) {
      require(
          manifest.file(index.fileId()).orElseThrow().equals(index), "a file is found by its id");
      manifest.isRetained(index, index.through());
    }
    for (long pin : manifest.marks().pins()) {
      require(!manifest.marks().forgotten().contains(pin), "a pinned point is not forgotten");
    }
    return Allowance.Extra.NONE;
  }

  private static void require(boolean holds, String what) {
    if (!holds) {
      throw new AssertionError("not so: " + what);
    }
  }

  /** Gives the text the CRC line that belongs to it, in place of its last bytes. */
  static void mend(byte[] text) {
    int body = text.length - CRC_LINE;
    if (body > 0) {
      CRC32C crc = new CRC32C();
      crc.update(text, 0, body);
      String line = "crc " + HexFormat.of().toHexDigits((int) crc.getValue()) + "\n";
      System.arraycopy(line.getBytes(StandardCharsets.US_ASCII), 0, text, body, CRC_LINE);
    }
  }
}
