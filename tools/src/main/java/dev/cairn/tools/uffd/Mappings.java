package dev.cairn.tools.uffd;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * All regions of a client, by address: read from its message, of which nothing is believed. They
 * overlap neither in addresses nor in the memory. Immutable.
 */
final class Mappings {
  static final int MOST_REGIONS = 64;

  /** What the kernel pages at least, and the largest that is held in a buffer at once. */
  static final int LEAST_UNIT = 4096;

  static final int MOST_UNIT = 2 << 20;

  /** Higher addresses are the kernel's, on every machine. */
  private static final long MOST_ADDRESS = 1L << 57;

  private static final String ADDRESS = "base_host_virt_addr";
  private static final String PAGE_SIZE = "page_size";

  /** The old name; in spite of it the number is in bytes, too. */
  private static final String OLD_PAGE_SIZE = "page_size_kib";

  private static final ObjectMapper JSON =
      new ObjectMapper()
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION);

  private final List<Mapping> byAddress;

  private Mappings(List<Mapping> byAddress) {
    this.byAddress = List.copyOf(byAddress);
  }

  /**
   * Reads a client's message.
   *
   * @param pageSize of the point
   * @param memoryBytes of the point
   * @throws RefusedClientException with what was expected, and what found
   */
  static Mappings parse(byte[] message, int pageSize, long memoryBytes) throws IOException {
    JsonNode root;
    try {
      root = JSON.readTree(message);
    } catch (JsonProcessingException e) {
      throw new RefusedClientException("the message is no JSON: " + e.getOriginalMessage(), e);
    }
    if (root == null || !root.isArray() || root.isEmpty() || root.size() > MOST_REGIONS) {
      throw new RefusedClientException(
          "the message",
          "an array of 1 to " + MOST_REGIONS + " regions",
          root == null || !root.isArray() ? "something else" : root.size() + " of them");
    }
    List<Mapping> regions = new ArrayList<>();
    for (JsonNode node : root) {
      regions.add(region(node, "region " + regions.size(), pageSize, memoryBytes));
    }
    requireApart(regions, "memory", Comparator.comparingLong(Mapping::offset));
    requireApart(regions, "addresses", Comparator.comparingLong(Mapping::address));
    List<Mapping> numbered = new ArrayList<>();
    long first = 0;
    for (Mapping region : regions) {
      numbered.add(
          new Mapping(
              region.address(), region.lengthBytes(), region.offset(), region.unitBytes(), first));
      first += region.units();
    }
    return new Mappings(numbered);
  }

  private static Mapping region(JsonNode node, String what, int pageSize, long memoryBytes)
      throws RefusedClientException {
    if (!node.isObject()) {
      throw new RefusedClientException(what, "an object", "something else");
    }
    long unit = unitBytes(node, what);
    if (Long.bitCount(unit) != 1 || unit < LEAST_UNIT || unit > MOST_UNIT) {
      throw new RefusedClientException(
          what + ": " + PAGE_SIZE, "a power of two from 4096 to 2097152", unit);
    }
    if (unit < pageSize) {
      throw new RefusedClientException(
          what + ": " + PAGE_SIZE, "at least that of the point, " + pageSize, unit);
    }
    long address = number(node, what, ADDRESS);
    long length = number(node, what, "size");
    long offset = number(node, what, "offset");
    requireMultiple(what + ": " + ADDRESS, address, unit);
    requireMultiple(what + ": size", length, unit);
    requireMultiple(what + ": offset", offset, unit);
    if (length == 0 || length > memoryBytes || offset > memoryBytes - length) {
      throw new RefusedClientException(
          what,
          "a part of the point's memory of " + memoryBytes + " bytes",
          length + " bytes from " + offset + " on");
    }
    if (address == 0 || address > MOST_ADDRESS - length) {
      throw new RefusedClientException(what + ": " + ADDRESS, "an address of a process", address);
    }
    return new Mapping(address, length, offset, (int) unit, 0);
  }

  private static long unitBytes(JsonNode node, String what) throws RefusedClientException {
    if (!node.has(PAGE_SIZE)) {
      return number(node, what, OLD_PAGE_SIZE);
    }
    long unit = number(node, what, PAGE_SIZE);
    if (node.has(OLD_PAGE_SIZE) && number(node, what, OLD_PAGE_SIZE) != unit) {
      throw new RefusedClientException(
          what + ": " + OLD_PAGE_SIZE, PAGE_SIZE + ", " + unit, node.get(OLD_PAGE_SIZE));
    }
    return unit;
  }

  private static long number(JsonNode node, String what, String name)
      throws RefusedClientException {
    JsonNode value = node.path(name);
    if (!value.isIntegralNumber() || !value.canConvertToLong() || value.longValue() < 0) {
      String found = value.isMissingNode() ? "nothing" : value.toString();
      throw new RefusedClientException(
          what + ": " + name,
          "a whole number from 0 on, below 2^63",
          found.length() > 40 ? found.substring(0, 40) + "…" : found);
    }
    return value.longValue();
  }

  private static void requireMultiple(String what, long value, long unit)
      throws RefusedClientException {
    if (value % unit != 0) {
      throw new RefusedClientException(what, "a multiple of the page size, " + unit, value);
    }
  }

  /** Sorts the regions, and requires each to end before the next begins. */
  private static void requireApart(List<Mapping> regions, String what, Comparator<Mapping> order)
      throws RefusedClientException {
    regions.sort(order);
    boolean inMemory = what.equals("memory");
    for (int i = 1; i < regions.size(); i++) {
      Mapping one = regions.get(i - 1);
      long end = (inMemory ? one.offset() : one.address()) + one.lengthBytes();
      long next = inMemory ? regions.get(i).offset() : regions.get(i).address();
      if (next < end) {
        throw new RefusedClientException(
            "the regions' " + what, "the next one from " + end + " on", "it at " + next);
      }
    }
  }

  List<Mapping> all() {
    return byAddress;
  }

  /** Returns how many units there are in all. */
  long units() {
    Mapping last = byAddress.getLast();
    return last.firstUnit() + last.units();
  }

  long totalBytes() {
    return byAddress.stream().mapToLong(Mapping::lengthBytes).sum();
  }

  int largestUnitBytes() {
    return byAddress.stream().mapToInt(Mapping::unitBytes).max().orElseThrow();
  }

  /** Finds the region of an address. */
  Optional<Mapping> find(long address) {
    int low = 0;
    int high = byAddress.size() - 1;
    while (low <= high) {
      int middle = (low + high) >>> 1;
      Mapping region = byAddress.get(middle);
      if (address < region.address()) {
        high = middle - 1;
      } else if (address >= region.end()) {
        low = middle + 1;
      } else {
        return Optional.of(region);
      }
    }
    return Optional.empty();
  }

  /** Returns the region of a unit. */
  Mapping ofUnit(long unit) {
    for (Mapping region : byAddress) {
      if (unit < region.firstUnit() + region.units()) {
        return region;
      }
    }
    throw new IllegalArgumentException("unit " + unit);
  }
}
