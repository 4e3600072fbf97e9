package dev.cairn.tools.capture;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.cairn.store.DeviceSection;
import java.io.IOException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What taking a point cost, and what its chain had cost before it, as the device section {@code
 * capture}: JSON. Nothing but reports reads it. Immutable.
 *
 * @param pauseMicros how long the guest stood still
 * @param receivedBytes over the socket, or copied from where they lay
 * @param ingestedBytes that checkpoints had brought into the chain
 * @param writtenBytes that had been written for them
 * @param storedBytes of the chain's files; null where that was not measured
 * @param liveBytes of these; null where that was not measured
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record CaptureFigures(
    long pauseMicros,
    long receivedBytes,
    long ingestedBytes,
    long writtenBytes,
    @Nullable Long storedBytes,
    @Nullable Long liveBytes) {
  /** Name of the device section. */
  public static final String SECTION = "capture";

  private static final int VERSION = 1;
  private static final int MOST_BYTES = 4096;

  private static final ObjectMapper JSON =
      new ObjectMapper().disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES);

  /** Returns the section that a point stores. */
  DeviceSection section() {
    try {
      return new DeviceSection(SECTION, VERSION, JSON.writeValueAsBytes(this));
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("figures cannot be written", e);
    }
  }

  /**
   * Reads what a section holds; empty if it is of another Cairn, or no figures: nobody needs them.
   */
  public static Optional<CaptureFigures> parse(int version, byte[] content) {
    if (version != VERSION || content.length > MOST_BYTES) {
      return Optional.empty();
    }
    try {
      CaptureFigures read = JSON.readValue(content, CaptureFigures.class);
      boolean sound = read.pauseMicros >= 0 && read.receivedBytes >= 0 && read.writtenBytes >= 0;
      return sound ? Optional.of(read) : Optional.empty();
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  /** Returns the bytes written until then for each byte that checkpoints had brought. */
  public Optional<Double> writeAmplification() {
    return ingestedBytes > 0
        ? Optional.of((double) writtenBytes / ingestedBytes)
        : Optional.empty();
  }

  /** Returns the bytes stored then for each live byte, where that was measured. */
  public Optional<Double> spaceAmplification() {
    Long stored = storedBytes;
    Long live = liveBytes;
    return stored != null && live != null && live > 0
        ? Optional.of((double) stored / live)
        : Optional.empty();
  }
}
