package dev.cairn.transport.verbs;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** Holds the places of fields in the code against transport/RDMA.md. */
final class VerbsStructsTest {
  @Test
  void fieldsLieWhereTheDocumentSays() throws Exception {
    Map<String, Integer> said = new TreeMap<>();
    for (var row : SpecTables.rows("RDMA.md", "structs")) {
      for (String entry : row.get(1).split(",", -1)) {
        String[] words = entry.strip().split(" ", -1);
        said.put(row.get(0) + "_" + words[0], Integer.valueOf(words[1]));
      }
    }
    Map<String, Integer> coded = new TreeMap<>();
    for (Field field : VerbsStructs.class.getDeclaredFields()) {
      if (Modifier.isStatic(field.getModifiers()) && field.getType() == int.class) {
        coded.put(field.getName(), field.getInt(null));
      }
    }
    assertEquals(said, coded);
    assertEquals(coded.size(), Arrays.stream(VerbsStructs.class.getDeclaredFields()).count());
  }
}
