package dev.cairn.tools.migration;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The numbers in QEMU.md are those of the code, and all of them. */
class StreamTablesTest {
  private static final Pattern ROW = Pattern.compile("\\| ([0-9a-f]+) \\| ([A-Z_]{2,}) \\|.*");

  /** What QEMU.md has in its text, and not in a table. */
  private static final Set<String> IN_THE_TEXT =
      Set.of("MAGIC", "VERSION", "PAGE", "FLAGS", "RAM_VERSION", "BITMAP_END");

  /** Of return path, commands and messages: the others stand there as hexadecimal digits. */
  private static final Set<String> DECIMAL = Set.of("command", "return path", "COLO");

  private static Map<String, Long> told() throws IOException {
    Map<String, Long> told = new TreeMap<>();
    String table = "";
    String before = "";
    for (String line : Files.readAllLines(Path.of("QEMU.md"))) {
      if (line.startsWith("| ---")) {
        table = before.substring(1, before.indexOf('|', 1)).strip();
      }
      before = line;
      Matcher row = ROW.matcher(line);
      if (row.matches()) {
        int radix = DECIMAL.contains(table) ? 10 : 16;
        Long was = told.put(row.group(2), Long.parseLong(row.group(1), radix));
        assertEquals(null, was, row.group(2) + " twice");
      }
    }
    return told;
  }

  private static void add(Map<String, Long> numbers, Class<?> type) throws IllegalAccessException {
    for (Field field : type.getDeclaredFields()) {
      boolean number = field.getType() == int.class || field.getType() == long.class;
      if (number && Modifier.isStatic(field.getModifiers())) {
        numbers.put(field.getName(), ((Number) field.get(null)).longValue());
      }
    }
  }

  @Test
  void theTablesAreThoseOfTheCode() throws IOException, IllegalAccessException {
    Map<String, Long> numbers = new TreeMap<>();
    add(numbers, StreamWords.class);
    add(numbers, ColoMessage.class);
    numbers.keySet().removeAll(IN_THE_TEXT);
    assertTrue(numbers.size() > 30, numbers::toString);
    assertEquals(numbers, told());
  }

  @Test
  void commandsAndMessagesAreNamed() throws IOException {
    Map<String, Long> told = told();
    for (int i = 1; i < StreamWords.COMMANDS.size(); i++) {
      assertEquals(Long.valueOf(i), told.get(StreamWords.COMMANDS.get(i)));
    }
    for (int i = 0; i <= ColoMessage.VMSTATE_LOADED; i++) {
      assertEquals(Long.valueOf(i), told.get(ColoMessage.name(i)));
    }
    assertEquals("message 7", ColoMessage.name(7));
    assertEquals("message -1", ColoMessage.name(-1));
  }
}
