package dev.cairn.store.file;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** Frames of one page whose first half is noise and whose second half is zeros. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class FrameBenchmark {
  private static final int PAGE = 4096;

  @Param({"PLAIN", "LZ4", "ZSTD"})
  public FrameCodec codec;

  private Arena arena;
  private MemorySegment page;
  private MemorySegment into;
  private MemorySegment frame;
  private long address;
  private FrameEncoder encoder;
  private FrameDecoder decoder;
  private int crc;

  @Setup
  public void make() {
    arena = Arena.ofConfined();
    page = arena.allocate(PAGE, PAGE);
    into = arena.allocate(PAGE, PAGE);
    Random random = new Random(1);
    for (int at = 0; at < PAGE / 2; at += 8) {
      page.set(ValueLayout.JAVA_LONG, at, random.nextLong());
    }
    encoder = new FrameEncoder(codec, PAGE);
    decoder = new FrameDecoder();
    MemorySegment made = encoder.encode(page);
    frame = arena.allocate(made.byteSize(), 64).copyFrom(made);
    address =
        codec == FrameCodec.PLAIN
            ? Address.of(Address.PLAIN, 0, 1 << 20)
            : Address.of(codec.kind(), 0, 1 << 20, (int) made.byteSize());
    crc = new Crc().of(page);
  }

  @TearDown
  public void close() {
    encoder.close();
    decoder.close();
    arena.close();
  }

  @Benchmark
  public long encode() {
    return encoder.encode(page).byteSize();
  }

  /** Decompresses where there is something to, and checks. */
  @Benchmark
  public void decodeAndCheck() throws Exception {
    MemorySegment content = page;
    if (codec != FrameCodec.PLAIN) {
      decoder.decode(null, address, frame, into);
      content = into;
    }
    decoder.check(null, address, content, crc);
  }
}
