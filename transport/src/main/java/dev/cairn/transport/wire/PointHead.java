package dev.cairn.transport.wire;

import dev.cairn.store.DeviceSection;
import dev.cairn.store.RamBlock;
import dev.cairn.store.RamLayout;
import dev.cairn.store.Text;
import java.util.List;

/**
 * What a guest needs in order to start, but for the bytes of its sections: they follow in this
 * order. Immutable.
 *
 * @param label 0 to 1,024 bytes; empty: none
 * @param layout the point's RAM blocks
 */
public record PointHead(String label, RamLayout layout, List<Section> sections) {
  /**
   * One section of the device state.
   *
   * @param crc CRC-32C of its bytes
   * @param length bytes
   */
  public record Section(String name, int version, int crc, long length) {
    public Section {
      if (!Text.isSound(name, 1, DeviceSection.MAX_NAME_BYTES)
          || version < 0
          || length < 0
          || length > DeviceSection.MAX_LENGTH) {
        throw new IllegalArgumentException(
            "device section v" + version + " of " + length + " bytes");
      }
    }
  }

  public PointHead {
    sections = List.copyOf(sections);
    if (!Text.isSound(label, 0, Message.MOST_TEXT) || sections.size() > 0xffff) {
      throw new IllegalArgumentException("a label, or " + sections.size() + " sections");
    }
  }

  /** Returns the length of all sections, bytes. */
  public long sectionBytes() {
    return sections.stream().mapToLong(Section::length).sum();
  }

  /** Returns the blocks in their order. */
  public List<RamBlock> blocks() {
    return layout.blocks();
  }
}
