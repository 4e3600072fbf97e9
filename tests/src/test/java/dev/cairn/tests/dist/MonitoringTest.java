package dev.cairn.tests.dist;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.cairn.store.io.Missing;
import dev.cairn.tests.Child;
import dev.cairn.tests.Cli;
import dev.cairn.tests.qemu.Guest;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What Cairn tells those who watch it, and what is made of that for them. */
class MonitoringTest {
  private static final Path MONITORING = Path.of("../tools/monitoring").toAbsolutePath();
  private static final Pattern NAME = Pattern.compile("\\bcairn_[a-z_]+\\b");
  private static final long DEADLINE_SECONDS = 120;

  private final Path directory;
  private final Path store;
  private final Cli cairn;

  MonitoringTest(@TempDir Path directory) {
    this.directory = directory;
    this.store = directory.resolve("store");
    this.cairn = new Cli(store);
  }

  @Test
  void rulesAndDashboardNameOnlyWhatARunningCairnTells() throws IOException, InterruptedException {
    Path promtool = Path.of(System.getProperty("cairn.lab", ""), "promtool", "promtool");
    cairn.run(0, "init");
    StringBuilder told = new StringBuilder();
    try (Guest guest = Guest.of("qemu11").start();
        Child capture = capture(guest, "--reserve", "1M");
        Child serve = child("serve")) {
      awaitPoints(capture, 1);
      String ofCapture = metrics(capture);
      assertTrue(ofCapture.contains("cairn_capture_up{chain=\"vm\"} 1\n"), ofCapture);
      assertTrue(value(ofCapture, "cairn_capture_points_total{chain=\"vm\"}") >= 1, ofCapture);
      assertTrue(value(ofCapture, "cairn_capture_pause_seconds_sum{chain=\"vm\"}") > 0, ofCapture);
      assertEquals(1 << 20, value(ofCapture, "cairn_store_reserve_bytes"));
      assertTrue(value(ofCapture, "cairn_store_bytes") > 64 << 10, ofCapture);
      String ofServe = metrics(serve);
      assertTrue(value(ofServe, "cairn_points{chain=\"vm\"}") >= 1, ofServe);
      told.append(ofCapture).append(ofServe);
      if (Files.isExecutable(promtool)) {
        lint(promtool, ofCapture);
        lint(promtool, ofServe);
      }
    }
    Path verified = directory.resolve("cairn.prom");
    cairn.run(0, "verify", "--metrics", verified.toString());
    String ofVerify = Files.readString(verified);
    assertTrue(ofVerify.contains("cairn_verify_findings{chain=\"vm\"} 0\n"), ofVerify);
    told.append(ofVerify);

    Set<String> names = new TreeSet<>();
    told.toString()
        .lines()
        .filter(line -> line.startsWith("# TYPE "))
        .forEach(
            line -> {
              names.add(line.split(" ", -1)[2]);
              if (line.endsWith(" summary")) {
                names.add(line.split(" ", -1)[2] + "_sum");
                names.add(line.split(" ", -1)[2] + "_count");
              }
            });
    JsonNode dashboard = new ObjectMapper().readTree(MONITORING.resolve("grafana.json").toFile());
    Set<String> shown = namesIn(dashboard.path("panels").findValuesAsText("expr").toString());
    assertTrue(shown.size() > 20, shown.toString());
    Set<String> watched = namesIn(expressions(MONITORING.resolve("alerts.yml")));
    assertTrue(watched.size() > 9, watched.toString());
    assertEquals(Set.of(), without(shown, names), "shown, but never told");
    assertEquals(Set.of(), without(watched, names), "watched, but never told");
    Set<String> single = namesIn(String.join("\n", names));
    single.remove("cairn_capture_pause_seconds"); // by its quantiles
    assertEquals(Set.of(), without(single, shown), "told, but shown nowhere");
  }

  @Test
  void prometheusUnderstandsTheRulesAndTheyFireWhenTheyShould()
      throws IOException, InterruptedException {
    Path promtool = Path.of(System.getProperty("cairn.lab", ""), "promtool", "promtool");
    if (!Files.isExecutable(promtool)) {
      Missing.part("promtool, in the lab");
    }
    String rules = MONITORING.resolve("alerts.yml").toString();
    Tool.run(directory, promtool.toString(), "check", "rules", rules);
    String tests = MONITORING.resolve("alerts_test.yml").toString();
    String said = Tool.run(directory, promtool.toString(), "test", "rules", tests);
    assertTrue(said.contains("SUCCESS"), said);
  }

  @Test
  void withoutRoomNoPointIsTakenTheGuestRunsOnAndWithRoomTheyComeAgain()
      throws IOException, InterruptedException {
    cairn.run(0, "init");
    Path run = Files.createDirectories(store.resolve("run"));
    Path ballast = Files.write(run.resolve("ballast"), new byte[64 << 20]);
    try (Guest guest = Guest.of("qemu11").start();
        Child capture = capture(guest, "--max-store-size", "48M")) {
      capture.awaitWord("no points until there is room");
      String told = metrics(capture);
      assertEquals(1, value(told, "cairn_capture_waiting_for_room{chain=\"vm\"}"));
      assertEquals(0, value(told, "cairn_capture_points_total{chain=\"vm\"}"));
      guest.awaitNextCount();
      Files.delete(ballast);
      capture.awaitWord("there is room again");
      awaitPoints(capture, 2);
      capture.terminate();
      String said = capture.await(143);
      assertEquals(1, said.split("no points until", -1).length - 1, said);
      assertTrue(said.contains("\"level\":\"warning\",\"text\":\"no points until"), said);
      guest.awaitNextCount();
      guest.assertUnbroken();
    }
    cairn.run(0, "verify");
  }

  private static void awaitPoints(Child capture, int least)
      throws IOException, InterruptedException {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(DEADLINE_SECONDS);
    while (value(metrics(capture), "cairn_capture_points_total{chain=\"vm\"}") < least) {
      assertTrue(System.nanoTime() < end, "points come");
      assertFalse(capture.hasEndedWithin(50_000), "the capture goes on");
    }
  }

  private Child capture(Guest guest, String... more) throws IOException {
    String[] words = {
      "capture", "vm", "--qmp", "unix:" + guest.socket(), "--every", "200ms", "--max-pause", "20s"
    };
    String[] all = new String[words.length + more.length];
    System.arraycopy(words, 0, all, 0, words.length);
    System.arraycopy(more, 0, all, words.length, more.length);
    return child(all);
  }

  /** Starts a service that answers at a port of loopback, with its log as objects. */
  private Child child(String... words) throws IOException {
    String[] before = {"--store", store.toString(), "--log-json"};
    String[] after = {"--metrics", "tcp:127.0.0.1:0"};
    String[] all = new String[before.length + words.length + after.length];
    System.arraycopy(before, 0, all, 0, before.length);
    System.arraycopy(words, 0, all, before.length, words.length);
    System.arraycopy(after, 0, all, before.length + words.length, after.length);
    return Child.cairn(directory, all);
  }

  private static String metrics(Child child) throws IOException, InterruptedException {
    child.awaitWord("\"text\":\"metrics: tcp:");
    Matcher at = Pattern.compile("metrics: tcp:([^\"]+)\"").matcher(child.said());
    assertTrue(at.find());
    try (HttpClient client = HttpClient.newHttpClient()) {
      HttpRequest request =
          HttpRequest.newBuilder(URI.create("http://" + at.group(1) + "/metrics")).build();
      HttpResponse<String> response = client.send(request, HttpResponse.BodyHandlers.ofString());
      assertEquals(200, response.statusCode());
      return response.body();
    }
  }

  private static double value(String told, String name) {
    String line = told.lines().filter(l -> l.startsWith(name + " ")).findFirst().orElse("");
    assertFalse(line.isEmpty(), () -> name + " in " + told);
    return Double.parseDouble(line.substring(name.length() + 1));
  }

  private void lint(Path promtool, String told) throws IOException, InterruptedException {
    Path file = Files.writeString(directory.resolve("told"), told);
    String check = "\"$0\" check metrics <\"$1\"";
    Tool.run(directory, "sh", "-c", check, promtool.toString(), file.toString());
  }

  private static String expressions(Path rules) throws IOException {
    return Files.readAllLines(rules).stream()
        .filter(line -> line.strip().startsWith("expr:"))
        .collect(Collectors.joining("\n"));
  }

  private static Set<String> namesIn(String text) {
    return NAME.matcher(text)
        .results()
        .map(result -> result.group())
        .collect(Collectors.toCollection(TreeSet::new));
  }

  private static Set<String> without(Set<String> all, Set<String> known) {
    Set<String> rest = new TreeSet<>(all);
    rest.removeAll(known);
    return rest;
  }
}
