package dev.cairn.chain;

import dev.cairn.store.file.Bytes;
import dev.cairn.store.file.Crc;
import dev.cairn.store.io.Segments;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** What is done to each page: tested for zero, compared, checked, beside a copy of it. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class PageBenchmark {
  private static final int PAGE = 4096;
  private static final int PAGES = 64;

  private Arena arena;
  private MemorySegment image;
  private MemorySegment tip;
  private MemorySegment zeros;
  private final Crc crc = new Crc();

  @Setup
  public void make() {
    arena = Arena.ofConfined();
    image = arena.allocate((long) PAGE * PAGES, PAGE);
    tip = arena.allocate((long) PAGE * PAGES, PAGE);
    zeros = arena.allocate((long) PAGE * PAGES, PAGE);
    byte[] noise = new byte[PAGE * PAGES];
    new Random(1).nextBytes(noise);
    image.copyFrom(MemorySegment.ofArray(noise));
    tip.copyFrom(image);
  }

  @TearDown
  public void close() {
    arena.close();
  }

  /** The longest there is: a page of zeros. */
  @Benchmark
  @OperationsPerInvocation(PAGES)
  public int zeroTest() {
    int count = 0;
    for (long at = 0; at < zeros.byteSize(); at += PAGE) {
      count += Bytes.isZero(zeros.asSlice(at, PAGE)) ? 1 : 0;
    }
    return count;
  }

  /** The longest there is: pages that are equal. */
  @Benchmark
  @OperationsPerInvocation(PAGES)
  public int comparison() {
    int count = 0;
    for (long at = 0; at < image.byteSize(); at += PAGE) {
      count += Segments.equal(image, at, tip, at, PAGE) ? 1 : 0;
    }
    return count;
  }

  @Benchmark
  @OperationsPerInvocation(PAGES)
  public int crc32c() {
    int sum = 0;
    for (long at = 0; at < image.byteSize(); at += PAGE) {
      sum += crc.of(image, at, PAGE);
    }
    return sum;
  }

  /** The floor of all of them. */
  @Benchmark
  @OperationsPerInvocation(PAGES)
  public MemorySegment copy() {
    for (long at = 0; at < image.byteSize(); at += PAGE) {
      MemorySegment.copy(image, at, tip, at, PAGE);
    }
    return tip;
  }
}
