package dev.cairn.tests.hosts;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** A proxy that is told by lines what to do, and ends with its input. Not thread-safe. */
final class ProxyMain {
  private ProxyMain() {}

  /** Listens at the first address, connects to the second; answers each line by two. */
  public static void main(String[] arguments) throws IOException, InterruptedException {
    BufferedReader in =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    try (DelayProxy proxy =
        DelayProxy.start(Places.parse(arguments[0]), Places.parse(arguments[1]))) {
      System.out.println(ProxyChild.READY + Places.word(proxy.address()) + " .");
      String line;
      while ((line = in.readLine()) != null) {
        String[] words = line.split(" ", -1);
        System.out.println("answer " + words[0] + " " + obey(proxy, words));
        System.out.println("done " + words[0] + " ."); // what is read of the line before is whole
      }
    }
  }

  /** Obeys a line: its number, a verb, arguments. */
  private static String obey(DelayProxy proxy, String[] words) {
    switch (words[1]) {
      case "delay" -> proxy.delay(Duration.ofNanos(Long.parseLong(words[2])));
      case "rate" -> proxy.rate(Long.parseLong(words[2]));
      case "cut" -> proxy.cut(Cut.valueOf(words[2]));
      case "plan" -> proxy.cut(Direction.valueOf(words[2]), plan(words));
      case "refuse" -> proxy.refuse(Boolean.parseBoolean(words[2]));
      case "passed" -> {
        return "" + proxy.passedBytes(Direction.valueOf(words[2]));
      }
      case "connections" -> {
        return "" + proxy.connections();
      }
      case "cuts" -> {
        return "" + proxy.cuts();
      }
      default -> throw new IllegalArgumentException(words[1]);
    }
    return "";
  }

  private static List<PlannedCut> plan(String[] words) {
    List<PlannedCut> plan = new ArrayList<>();
    for (int i = 3; i < words.length; i++) {
      String[] parts = words[i].split(":", 2);
      plan.add(new PlannedCut(Long.parseLong(parts[0]), Cut.valueOf(parts[1])));
    }
    return plan;
  }
}
