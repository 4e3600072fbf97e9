package dev.cairn.tests.rdma;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.ibm.disni.verbs.RdmaCm;
import com.ibm.disni.verbs.RdmaCmId;
import com.ibm.disni.verbs.RdmaEventChannel;
import dev.cairn.tests.Child;
import dev.cairn.tests.Cli;
import dev.cairn.tools.Cairn;
import dev.cairn.transport.verbs.NativeCm;
import dev.cairn.transport.verbs.NativeProvider;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * What a user is told where there is no RDMA, or nobody answers: one line that says what to do,
 * exit code 1, and no harm to the process. And an address of IPv6 is as good as one of IPv4. A main
 * of the lab's guest; leaves with 0 if all is as it has to be.
 */
final class RefusalsMain {
  private static final String HOST = "10.9.0.1";
  private static final String V6 = "rdma:[fd00:9::1]:7480";
  private static final List<String> JVM =
      List.of("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xmx256m");
  private static final int FAILED = 1;

  /** KiB: a link of RDMA locks 1.2 MiB. */
  private static final int LITTLE = 512;

  private static final int ENOUGH = 8192;

  private final Path directory;
  private final Cli cli;

  private RefusalsMain(Path directory) {
    this.directory = directory;
    cli = new Cli(directory.resolve("store"));
  }

  public static void main(String[] arguments) throws Exception {
    int code = 1;
    try {
      new RefusalsMain(Files.createTempDirectory(Path.of("/tmp"), "refusals")).run();
      code = 0;
    } catch (Exception | AssertionError e) {
      e.printStackTrace(System.out);
    }
    System.out.println(code == 0 ? "1 passed, 0 failed" : "0 passed, 1 failed");
    System.exit(code);
  }

  private void run() throws Exception {
    Path image = Files.write(directory.resolve("image"), new byte[1 << 20]);
    cli.run(0, "init");
    cli.run(0, "checkpoint", "vm", "--from", "raw:" + image);
    withoutDevice();
    overV6();
    told("nobody listens there", pull("rdma:" + HOST + ":9"), "REJECTED", "nobody listens");
    unanswered();
    told("no such host", pull("rdma:10.9.0.99:7471"), "10.9.0.99");
    told("not this host's", serve("rdma:10.9.0.77:7471"), "rdma link");
    withoutLibrary();
    withoutMemory();
    withoutLibdisni();
    told("and all is well again", pull("rdma:" + HOST + ":9"), "REJECTED");
  }

  /** One line on standard error tells all of it. */
  private static void told(String what, Cli.Said said, String... words) {
    String last = said.errors().strip();
    System.out.println("   " + last);
    assertEquals(FAILED, said.exit(), what + ": exit code");
    for (String word : words) {
      assertTrue(last.contains(word), what + ": expected " + word + ", found " + last);
    }
    assertTrue(!last.contains("\tat "), "no stack trace");
    System.out.println("ok " + what);
  }

  private Cli.Said pull(String from) {
    return cli.attempt(
        "pull", "vm", "--as", "other", "--insecure", "--patience", "1s", "--from", from);
  }

  private Cli.Said serve(String at) {
    return cli.attempt("serve", "--insecure", "--listen", at);
  }

  private void overV6() throws Exception {
    String store = directory.resolve("store").toString();
    try (Child server =
        Child.java(
            directory,
            JVM,
            Cairn.class,
            "--store",
            store,
            "--json",
            "serve",
            "--insecure",
            "--listen",
            V6)) {
      server.awaitWord("\"endpoint\":\"" + V6);
      Cli there = new Cli(directory.resolve("v6"));
      there.run(0, "init");
      there.run(0, "pull", "vm", "--insecure", "--from", V6);
      Path restored = directory.resolve("v6.raw");
      there.run(0, "restore", "vm@latest", "--to", "raw:" + restored);
      assertEquals(-1, Files.mismatch(directory.resolve("image"), restored));
    }
    System.out.println("ok pulled over IPv6");
  }

  /** Somebody listens, and takes nobody's call. */
  private void unanswered() throws Exception {
    NativeCm cm = NativeProvider.open().openCm();
    RdmaEventChannel channel = cm.createEventChannel();
    RdmaCmId id = cm.createId(channel, RdmaCm.RDMA_PS_TCP);
    try {
      cm.bindAddr(id, new InetSocketAddress(HOST, 7490));
      cm.listen(id, 8);
      told("a connect that is not answered", pull("rdma:" + HOST + ":7490"), "handshake within");
    } finally {
      cm.destroyCmId(id);
      cm.destroyEventChannel(channel);
    }
  }

  /**
   * First: a process that has used rxe keeps it open. To unload rdma_ucm is no way: it comes back.
   */
  private void withoutDevice() throws Exception {
    run("rdma", "link", "delete", "rxe0");
    try {
      told("pull without a device", pull("rdma:" + HOST + ":9"), "rdma link", "use tcp:");
      told("serve without a device", serve("rdma:" + HOST + ":7471"), "rdma link", "use tcp:");
    } finally {
      run("rdma", "link", "add", "rxe0", "type", "rxe", "netdev", "rdma0");
    }
  }

  /** Another process: this one has loaded it. */
  private void withoutLibrary() throws Exception {
    Path library = Path.of("/usr/lib/x86_64-linux-gnu/librdmacm.so.1");
    Path away = library.resolveSibling("away");
    Files.move(library, away);
    try {
      Cli.Said said = child(List.of(), directory.resolve("store"));
      told("no library", said, "librdmacm.so.1 is not here", "use tcp:");
    } finally {
      Files.move(away, library);
    }
  }

  /** It is in no distribution; who asks for it is told so. */
  private void withoutLibdisni() throws Exception {
    List<String> asked = List.of("env", "CAIRN_RDMA_PROVIDER=disni");
    Cli.Said said = child(asked, directory.resolve("store"));
    told("no libdisni", said, "libdisni.so is asked for", "use tcp:");
  }

  /** Who is not root may lock only so much memory; the guest has no other user yet. */
  private void withoutMemory() throws Exception {
    Files.writeString(
        Path.of("/etc/passwd"), "root:x:0:0::/:/bin/sh\nnobody:x:65534:65534::/:/bin/sh\n");
    directory.toFile().setExecutable(true, false);
    Path store = directory.resolve("of-nobody");
    new Cli(store).run(0, "init");
    run("chown", "-R", "nobody", store.toString());
    told("no memory to lock", child(asNobody(LITTLE), store), "errno 12", "ulimit -l", "use tcp:");
    told("memory to lock", child(asNobody(ENOUGH), store), "REJECTED");
  }

  /** Returns a command that runs another without rights, and with a limit on what it may lock. */
  private static List<String> asNobody(int kib) {
    String limited = "ulimit -l " + kib + " && exec \"$@\"";
    return List.of("su", "-s", "/bin/sh", "-c", limited, "--", "nobody", "sh");
  }

  private Cli.Said child(List<String> launcher, Path store)
      throws IOException, InterruptedException {
    try (Child child =
        Child.java(
            directory,
            launcher,
            JVM,
            Cairn.class,
            "--store",
            store.toString(),
            "pull",
            "vm",
            "--as",
            "other",
            "--insecure",
            "--patience",
            "1s",
            "--from",
            "rdma:" + HOST + ":9")) {
      String said = child.await(FAILED);
      return new Cli.Said(child.exitCode(), "", said);
    }
  }

  private static void run(String... command) throws IOException, InterruptedException {
    Process child = new ProcessBuilder(command).inheritIO().start();
    assertEquals(0, child.waitFor(), String.join(" ", command));
  }
}
