package dev.cairn.tools.demo;

import dev.cairn.chain.ChainSnapshot;
import java.io.IOException;

/** Where the demo says what it does. */
public interface DemoConsole {
  /** Prints a line. */
  void line(String text);

  /** Prints the restore points as {@code cairn list} does. */
  void points(ChainSnapshot snapshot) throws IOException;

  /** Tells whether block characters can be seen. */
  boolean hasBlocks();
}
