package dev.cairn.tests.guardian;

/** What is wrong with what a monitor says. */
enum AnswerHarm {
  NO_JSON("JSON") {
    @Override
    String of(String id) {
      return "Welcome to the monitor\r\n";
    }
  },
  ENDLESS("bytes in a line") {
    @Override
    String of(String id) {
      return "{\"return\": \"" + "a".repeat(20 << 20) + "\r\n";
    }
  },
  DEEP("a line of JSON") {
    @Override
    String of(String id) {
      return "{\"return\": " + "[".repeat(5000) + "]".repeat(5000) + ", \"id\": " + id + "}\r\n";
    }
  },
  A_NUMBER("run state") {
    @Override
    String of(String id) {
      return "{\"return\": 5, \"id\": " + id + "}\r\n";
    }
  },
  OBJECTS_FOR_WORDS("migration") {
    @Override
    String of(String id) {
      return "{\"return\": {\"status\": {\"a\": 1}, \"enabled\": []}, \"id\": " + id + "}\r\n";
    }
  },
  LISTS_OF_NULLS("run state") {
    @Override
    String of(String id) {
      return "{\"return\": [null, [], {}, 7], \"id\": " + id + "}\r\n";
    }
  },
  ANOTHERS_ANSWER("not answered in time") {
    @Override
    String of(String id) {
      return "{\"return\": {}, \"id\": 987654321}\r\n";
    }
  },
  SILENCE("not answered in time") {
    @Override
    String of(String id) {
      return "";
    }
  };

  private final String told;

  AnswerHarm(String told) {
    this.told = told;
  }

  /** Returns what is said in the place of an answer. */
  abstract String of(String id);

  /** Returns a word of what a person is told. */
  String told() {
    return told;
  }
}
