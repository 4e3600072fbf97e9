package dev.cairn.tools.command;

import dev.cairn.store.RamBlock;
import dev.cairn.store.RamLayout;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** RAM blocks as a person names them: {@code --block NAME=LENGTH}. */
final class Blocks {
  private static final Pattern NAME = Pattern.compile("\\P{Cntrl}+");
  private static final Pattern PLAIN = Pattern.compile("[A-Za-z0-9@%+=:,./_-]+");

  private Blocks() {}

  static List<RamBlock> parse(List<String> texts) {
    return texts.stream().map(Blocks::parse).toList();
  }

  private static RamBlock parse(String text) {
    int at = text.lastIndexOf('=');
    try {
      Optional<Long> length = at < 0 ? Optional.empty() : ByteSize.parse(text.substring(at + 1));
      if (length.isEmpty() || !NAME.matcher(text.substring(0, at)).matches()) {
        throw new UsageException(
            "--block '" + text + "': expected NAME=LENGTH, in bytes or with K, M or G behind it");
      }
      return new RamBlock(text.substring(0, at), length.get());
    } catch (IllegalArgumentException e) {
      throw new UsageException(
          "--block '" + text + "': expected whole pages, up to 2048G; " + e.getMessage());
    }
  }

  /** Returns the options that name the blocks of a layout, fit for a shell. */
  static String options(RamLayout layout) {
    return layout.blocks().stream()
        .map(block -> "--block " + quoted(block.name() + "=" + block.length()))
        .collect(Collectors.joining(" "));
  }

  private static String quoted(String word) {
    return PLAIN.matcher(word).matches() ? word : "'" + word.replace("'", "'\\''") + "'";
  }

  static List<Map<String, Object>> json(RamLayout layout) {
    return layout.blocks().stream()
        .map(block -> Fields.of("name", block.name()).and("length", block.length()).map())
        .toList();
  }
}
