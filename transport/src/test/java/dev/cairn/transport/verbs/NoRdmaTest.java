package dev.cairn.transport.verbs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import dev.cairn.transport.rdma.RdmaAcceptor;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** Where there is no RDMA, one line says what to do, and nothing crashes. */
final class NoRdmaTest {
  private static void requireAdvice(IOException why) {
    String said = String.valueOf(why.getMessage());
    assertTrue(said.contains("use tcp:"), said);
    assertFalse(said.contains("\n"), said);
  }

  @Test
  void aHostWithoutADeviceSaysWhatToDo() {
    assumeFalse(Files.exists(Path.of("/dev/infiniband/rdma_cm")), "this host has RDMA");
    InetSocketAddress address = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    requireAdvice(
        assertThrows(
            VerbsException.class,
            () ->
                RdmaAcceptor.listen(
                    RdmaLibrary.open(RdmaLibrary.OWN),
                    "here",
                    address,
                    new RdmaAcceptor.Callers() {
                      @Override
                      public void called(
                          dev.cairn.transport.rdma.RdmaStream stream, InetSocketAddress from) {}

                      @Override
                      public void refused(IOException why) {}
                    })));
  }

  @Test
  void aLibraryThatIsMissingIsNamed() {
    VerbsException why =
        assertThrows(VerbsException.class, () -> NativeCalls.library("librdmacm.so.none"));
    assertTrue(String.valueOf(why.getMessage()).startsWith("librdmacm.so.none is not here"));
    requireAdvice(why);
  }

  @Test
  void errorsOfCallsSayWhatCanBeDone() {
    requireAdvice(VerbsException.ofCall("rdma_create_event_channel", VerbsException.ENODEV));
    VerbsException memory = VerbsException.ofCall("ibv_reg_mr", VerbsException.ENOMEM);
    assertTrue(String.valueOf(memory.getMessage()).contains("ulimit -l"));
    assertEquals(VerbsException.ENOMEM, memory.errno());
    assertTrue(VerbsException.ofCall("rdma_bind_addr", 98).isAddressInUse());
  }

  @Test
  void disnisLibraryIsAskedForAndMissing() {
    VerbsException why =
        assertThrows(VerbsException.class, () -> RdmaLibrary.open(RdmaLibrary.DISNI));
    assertTrue(String.valueOf(why.getMessage()).startsWith("libdisni.so is asked for"));
    assertTrue(why.isOfThisHost());
    requireAdvice(why);
    assertThrows(VerbsException.class, () -> RdmaLibrary.open(RdmaLibrary.DISNI), "once more");
  }

  @Test
  void aProviderThatNobodyKnowsIsNamed() {
    VerbsException why = assertThrows(VerbsException.class, () -> RdmaLibrary.open("other"));
    assertTrue(String.valueOf(why.getMessage()).contains("found other"));
    requireAdvice(why);
  }

  @Test
  void wordsOfDisnisLibraryAreErrorsOfCalls() {
    VerbsException memory =
        VerbsException.ofDisni(
            new IOException("j2c::regMr: ibv_reg_mr failed: Cannot allocate memory\n"));
    assertEquals(
        VerbsException.ofCall("ibv_reg_mr", VerbsException.ENOMEM).getMessage(),
        memory.getMessage());
    assertTrue(memory.isOfThisHost());
    VerbsException taken =
        VerbsException.ofDisni(
            new IOException("j2c::bind: rdma_bind_addr failed: Address already in use\n"));
    assertTrue(taken.isAddressInUse());
    VerbsException other = VerbsException.ofDisni(new IOException("j2c::listen: id null\n"));
    assertEquals("libdisni: j2c::listen: id null", other.getMessage());
    assertFalse(other.isOfThisHost());
  }
}
