package dev.cairn.tests.fuzz;

import dev.cairn.store.file.ChecksumMender;
import dev.cairn.store.file.FrameCodec;
import dev.cairn.store.file.SmallFiles;
import dev.cairn.transport.wire.FrameType;
import dev.cairn.transport.wire.Samples;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * Writes the seeds that this code can make, into a directory of folders by target, and {@code
 * edited-*}: seeds of whose fields some are changed after each mutation. The other seeds are golden
 * files, and a vector of QEMU whose blocks were cut to a page or two.
 */
public final class SeedMain {
  private static final int PAGES_OF_BASE = 64;

  private SeedMain() {}

  /** Takes the directory. */
  public static void main(String[] arguments) throws IOException {
    Path home = Path.of(arguments[0]);
    put(home, "base/seed-small", HostileFile.without(SmallFiles.base(), PAGES_OF_BASE));
    put(home, "layer/seed-small-lz4", SmallFiles.layer(FrameCodec.LZ4));
    put(home, "pages/seed-small", SmallFiles.pages());
    put(home, "pages/seed-differences", SmallFiles.differences());
    put(home, "device/seed-small", SmallFiles.layer(FrameCodec.ZSTD));
    for (String seed :
        List.of(
            "base/seed-small",
            "layer/seed-plain",
            "layer/seed-small-lz4",
            "pages/seed-small",
            "pages/seed-differences",
            "device/seed-small",
            "device/seed-zstd")) {
      byte[] edited = ChecksumMender.withEdits(Files.readAllBytes(home.resolve(seed)));
      put(home, seed.replace("seed-", "edited-"), edited);
    }
    for (Map.Entry<String, byte[]> seed : MigrationSeeds.all().entrySet()) {
      put(home, seed.getKey(), seed.getValue());
    }
    put(home, "wire/seed-hello", Samples.conversation(FrameType.HELLO));
    put(home, "wire/seed-welcome", Samples.conversation(FrameType.WELCOME));
    byte[] manifest = Files.readAllBytes(Path.of(arguments[1]));
    byte[] sealed =
        (new String(manifest, StandardCharsets.US_ASCII) + "crc 00000000\n")
            .getBytes(StandardCharsets.US_ASCII);
    ManifestTarget.mend(sealed);
    put(home, "manifest/seed-all-lines", sealed);
  }

  private static void put(Path home, String name, byte[] bytes) throws IOException {
    Path file = home.resolve(name);
    Files.createDirectories(file.toAbsolutePath().getParent());
    Files.write(file, bytes);
  }
}
