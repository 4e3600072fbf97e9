package dev.cairn.tools.capture;

import dev.cairn.tools.migration.Connection;
import java.io.Closeable;
import java.io.IOException;
import java.util.OptionalInt;

/** The way by which QEMU's migrations come into this process. */
interface Door {
  /** Our end of a connection, and its descriptor, of which the guardian gets a duplicate. */
  record End(Connection connection, int descriptor) {}

  /** One migration's way in; closing it leaves a connection that was handed out open. */
  interface Opening extends Closeable {
    /** Returns what {@code migrate} is to be told. */
    String uri();

    /** Returns the descriptor of our end, if that is there before QEMU has connected. */
    OptionalInt early();

    /** Returns our end, when {@code migrate} was told; waits for QEMU if need be. */
    End end() throws IOException;
  }

  /** Makes one ready. */
  Opening open(RunningQemu qemu) throws IOException;
}
