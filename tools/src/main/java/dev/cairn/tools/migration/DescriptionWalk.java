package dev.cairn.tools.migration;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/**
 * Walks the device sections by QEMU's description of them: {@code devices} lists each section's
 * name, instance and fields, and then its subsections, in the order in which they stand. A field
 * takes {@code size} bytes, {@code array_len} times; what is nested in it is part of its size. The
 * JSON is read token by token: no tree is made of it. For one walk.
 */
final class DescriptionWalk {
  private static final JsonFactory JSON =
      JsonFactory.builder().disable(JsonFactory.Feature.INTERN_FIELD_NAMES).build();

  private final byte[] bytes;
  private final int end;
  private final Visitor visitor;
  private int at;
  private String why = "";

  /**
   * Begins at the first section.
   *
   * @param end of the sections: where the closing EOF byte stands
   */
  DescriptionWalk(byte[] bytes, int end) {
    this(bytes, end, (_, _, _, _) -> {});
  }

  DescriptionWalk(byte[] bytes, int end, Visitor visitor) {
    this.bytes = bytes;
    this.end = end;
    this.visitor = visitor;
  }

  /** Hears of each section whose body has been gone over. */
  @FunctionalInterface
  interface Visitor {
    /**
     * Takes one.
     *
     * @param from first byte of its body, behind the header
     * @param to behind its body, where the footer stands
     */
    void section(String name, int instance, int from, int to);
  }

  /** Tells whether the description that stands there leads to exactly the end. */
  boolean comesOut(int from, int to) {
    return comesOut(bytes, from, to);
  }

  /** The same for a description that stands elsewhere. */
  boolean comesOut(byte[] description, int from, int to) {
    try (JsonParser json = JSON.createParser(description, from, to - from)) {
      json.nextToken();
      while (why.isEmpty() && json.nextToken() == JsonToken.FIELD_NAME) {
        boolean devices = json.currentName().equals("devices");
        JsonToken value = json.nextToken();
        if (devices && value == JsonToken.START_ARRAY) {
          devices(json);
        } else {
          json.skipChildren();
        }
      }
      if (why.isEmpty()
          && (json.currentToken() != JsonToken.END_OBJECT || json.nextToken() != null)) {
        why = "no JSON object";
      }
    } catch (JsonProcessingException e) {
      why = "no JSON";
    } catch (IOException e) {
      throw new UncheckedIOException(e); // there is none from memory
    }
    if (why.isEmpty() && at != end) {
      why = "the sections end at byte " + at;
    }
    return why.isEmpty();
  }

  /** Tells what is wrong. */
  String why() {
    return why;
  }

  private boolean fails(String reason) {
    if (why.isEmpty()) {
      why = reason;
    }
    return false;
  }

  private void devices(JsonParser json) throws IOException {
    while (json.nextToken() == JsonToken.START_OBJECT) {
      if (!device(json)) {
        return;
      }
    }
  }

  /** One section: header, fields, subsections, footer. */
  private boolean device(JsonParser json) throws IOException {
    int start = at;
    if (!is(StreamWords.SECTION_FULL) || at + 6 > end) {
      return fails("no section at byte " + at);
    }
    int id = DeviceEnd.be32(bytes, at + 1);
    at += 5;
    String name = name();
    if (at + 8 > end) {
      return fails("no section at byte " + start);
    }
    int instance = DeviceEnd.be32(bytes, at);
    at += 8;
    int body = at;
    boolean done = members(json, "name", name, instance);
    if (!done) {
      return false;
    }
    int behind = at;
    if (!is(StreamWords.FOOTER) || at + 5 > end || DeviceEnd.be32(bytes, at + 1) != id) {
      return fails("section " + name + " of byte " + start + " has no footer at byte " + at);
    }
    at += 5;
    visitor.section(name, instance, body, behind);
    return true;
  }

  /** One subsection; they may be nested. */
  private boolean subsection(JsonParser json) throws IOException {
    int start = at;
    if (!is(StreamWords.SUBSECTION) || at + 2 > end) {
      return fails("no subsection at byte " + at);
    }
    at++;
    String name = name();
    at += 4;
    return members(json, "vmsd_name", name, 0) || fails("subsection of byte " + start);
  }

  private boolean members(JsonParser json, String nameKey, String name, int instance)
      throws IOException {
    while (json.nextToken() == JsonToken.FIELD_NAME) {
      String key = json.currentName();
      JsonToken value = json.nextToken();
      if (key.equals(nameKey)) {
        if (!name.equals(json.getText())) {
          return fails("no section " + printable(json.getText()) + " before byte " + at);
        }
      } else if (key.equals("instance_id") && value == JsonToken.VALUE_NUMBER_INT) {
        if ((int) json.getLongValue() != instance) {
          return fails("another instance of " + printable(name) + " before byte " + at);
        }
      } else if (key.equals("fields") && value == JsonToken.START_ARRAY) {
        while (json.nextToken() == JsonToken.START_OBJECT) {
          if (!field(json)) {
            return false;
          }
        }
      } else if (key.equals("subsections") && value == JsonToken.START_ARRAY) {
        while (json.nextToken() == JsonToken.START_OBJECT) {
          if (!subsection(json)) {
            return false;
          }
        }
      } else {
        json.skipChildren();
      }
    }
    return true;
  }

  private boolean field(JsonParser json) throws IOException {
    long size = 0;
    long count = 1;
    while (json.nextToken() == JsonToken.FIELD_NAME) {
      String key = json.currentName();
      JsonToken value = json.nextToken();
      if (value == JsonToken.VALUE_NUMBER_INT && key.equals("size")) {
        size = json.getLongValue();
      } else if (value == JsonToken.VALUE_NUMBER_INT && key.equals("array_len")) {
        count = json.getLongValue();
      } else {
        json.skipChildren();
      }
    }
    long most = (long) end - at;
    if (size < 0 || count < 0 || size > most || count > most || size * count > most) {
      return fails("a field of " + count + " times " + size + " bytes at byte " + at);
    }
    at += (int) (size * count);
    return true;
  }

  private boolean is(int type) {
    return at < end && bytes[at] == type;
  }

  /** Reads a name if it is there. */
  private String name() {
    int length = at < end ? bytes[at] & 0xff : 0;
    int from = Math.min(at + 1, end);
    int to = Math.min(from + length, end);
    at = to;
    return new String(bytes, from, to - from, StandardCharsets.UTF_8);
  }

  /**
   * Returns a text for an error: of a guest's bytes not much, and nothing that commands a terminal.
   */
  private static String printable(String text) {
    String shown = text.length() > 64 ? text.substring(0, 64) + "..." : text;
    return shown.chars().anyMatch(Character::isISOControl) ? "of other bytes" : shown;
  }
}
