package dev.cairn.tools.qmp;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.cairn.tools.migration.Connection;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The lines of a QMP connection, each a JSON object. A line's memory grows as its bytes come, up to
 * a bound. Not thread-safe.
 */
final class QmpLines implements AutoCloseable {
  /** The longest answers, block graphs of large machines, have some hundred kilobytes. */
  static final int MOST_LINE_BYTES = 16 << 20;

  private static final int READ_BYTES = 64 << 10;

  private final Connection connection;
  private final Arena arena = Arena.ofShared();
  private final MemorySegment chunk = arena.allocate(READ_BYTES);
  private final JsonMapper json =
      JsonMapper.builder(
              com.fasterxml.jackson.core.JsonFactory.builder()
                  .streamReadConstraints(
                      StreamReadConstraints.builder()
                          .maxNestingDepth(200)
                          .maxStringLength(MOST_LINE_BYTES)
                          .build())
                  .build())
          .build();

  /** What came behind the last line: from start to end. */
  private byte[] pending = new byte[READ_BYTES];

  private int start;
  private int end;

  QmpLines(Connection connection) {
    this.connection = connection;
  }

  /**
   * A line.
   *
   * @param length in bytes
   */
  record Line(JsonNode value, int length) {}

  /**
   * Returns the next line, or null at the end.
   *
   * @throws IOException also if it is no JSON object, or too long; nothing can be read then
   */
  @Nullable Line next() throws IOException {
    int scanned = start;
    while (true) {
      for (; scanned < end; scanned++) {
        if (pending[scanned] == '\n') {
          int from = start;
          start = scanned + 1;
          if (!isBlank(from, scanned)) {
            return parse(from, scanned);
          }
        }
      }
      if (end - start >= MOST_LINE_BYTES) {
        throw bad("at most " + MOST_LINE_BYTES + " bytes in a line", "more");
      }
      scanned -= start;
      if (!fill()) {
        return null;
      }
    }
  }

  private boolean fill() throws IOException {
    // Moved to the front, so that the buffer is never longer than twice what it holds.
    System.arraycopy(pending, start, pending, 0, end - start);
    end -= start;
    start = 0;
    int got = connection.read(chunk);
    if (got < 0) {
      return false;
    }
    if (end + got > pending.length) {
      pending = Arrays.copyOf(pending, Math.max(2 * pending.length, end + got));
    }
    MemorySegment.copy(chunk, ValueLayout.JAVA_BYTE, 0, pending, end, got);
    end += got;
    return true;
  }

  private boolean isBlank(int from, int to) {
    for (int i = from; i < to; i++) {
      if (pending[i] != ' ' && pending[i] != '\t' && pending[i] != '\r') {
        return false;
      }
    }
    return true;
  }

  private Line parse(int from, int to) throws IOException {
    JsonNode value;
    try {
      value = json.readTree(pending, from, to - from);
    } catch (JsonProcessingException e) {
      // Not as its cause: that quotes the line, which may hold secrets.
      throw bad("a line of JSON", "something else");
    }
    if (!value.isObject()) {
      throw bad("a JSON object", value.getNodeType());
    }
    if (pending.length > 4 * READ_BYTES && end - start < READ_BYTES) {
      pending = Arrays.copyOfRange(pending, start, start + READ_BYTES);
      end -= start;
      start = 0;
    }
    return new Line(value, to - from);
  }

  private IOException bad(String expected, Object found) {
    return new IOException(
        connection.name()
            + ": what QEMU says: expected "
            + expected
            + ", found "
            + found
            + "; is that a QMP socket?");
  }

  /** Frees its memory; nobody reads then. */
  @Override
  public void close() {
    arena.close();
  }
}
