package dev.cairn.transport.receive;

import java.io.IOException;

/** The links to the sources of a reception, as far as it must deal with them itself. */
interface SourceLinks {
  /** There is one source, and another state of it is not asked for. */
  SourceLinks ONE =
      new SourceLinks() {
        @Override
        public ControlLink control(String source) throws IOException {
          throw new IOException(source + ": not asked anything more");
        }

        @Override
        public void beginAnew() {}
      };

  /** Returns the way to ask a source. */
  ControlLink control(String source) throws IOException;

  /** Ends all links, and opens them again: for another plan. */
  void beginAnew();
}
