package dev.cairn.tools.migration;

import java.io.IOException;

/** Hears the commands of a stream whose reader has to act. */
public interface StreamCommands {
  /** Hears none: of a file, nobody is there to be answered. */
  StreamCommands NONE =
      new StreamCommands() {
        @Override
        public void openReturnPath() {}

        @Override
        public void ping(long value) {}

        @Override
        public void enableColo() {}
      };

  /** The source reads answers from now on. */
  void openReturnPath() throws IOException;

  /** The source wants a PONG of that value. */
  void ping(long value) throws IOException;

  /** The source is about to take checkpoints (QEMU up to 10). */
  void enableColo() throws IOException;
}
