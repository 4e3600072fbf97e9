package dev.cairn.tools.report;

import dev.cairn.chain.ChainSnapshot.RestorePoint;
import dev.cairn.chain.ChainStats;
import dev.cairn.store.file.Point;
import dev.cairn.tools.disk.DiskNames;
import dev.cairn.tools.picture.HeatPicture;
import dev.cairn.tools.picture.Markup;
import dev.cairn.tools.picture.Units;
import dev.cairn.tools.report.ReportData.DiskPair;
import dev.cairn.tools.report.ReportData.Moment;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;

/**
 * The page: words, tables and drawings in one file. It asks for nothing: no script, no font, no
 * address; a policy in its head says so to the browser, too. Stateless.
 */
final class ReportPage {
  private static final int HEAT_WIDTH = 720;

  private final ReportData data;
  private final Axis axis;
  private final StringBuilder out = new StringBuilder();

  private ReportPage(ReportData data) {
    this.data = data;
    this.axis = new Axis(data.moments());
  }

  static String of(ReportData data) {
    ReportPage page = new ReportPage(data);
    page.write();
    return page.out.toString();
  }

  private void write() {
    out.append(
        """
        <!doctype html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width,initial-scale=1">
        <meta name="color-scheme" content="light dark">
        <meta http-equiv="Content-Security-Policy" \
        content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
        <link rel="icon" href="data:,">
        """);
    add("<title>%s: Cairn report</title>%n<style>%n", escape(data.chain()));
    out.append(style()).append("</style>\n</head>\n<body>\n<main>\n");
    header();
    if (!data.moments().isEmpty()) {
      timeline();
      stack();
      amplification();
      heat();
      checked();
      points();
      disks();
    }
    footer();
    out.append("</main>\n</body>\n</html>\n");
  }

  private static String style() {
    try (InputStream in = ReportPage.class.getResourceAsStream("report.css")) {
      if (in == null) {
        throw new IllegalStateException("report.css is not in this build");
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new IllegalStateException("report.css cannot be read", e);
    }
  }

  private static String escape(String text) {
    return Markup.escape(text);
  }

  private void add(String format, Object... values) {
    out.append(String.format(Locale.ROOT, format, values));
  }

  private static String count(long number, String thing) {
    return number + " " + thing + (number == 1 ? "" : "s");
  }

  private void header() {
    add("<header>%n<p class=\"eyebrow\">Cairn report</p>%n<h1>%s</h1>%n", escape(data.chain()));
    if (data.moments().isEmpty()) {
      out.append("<p class=\"lede\">The chain has no restore points yet.</p>\n</header>\n");
      return;
    }
    Moment first = data.moments().getFirst();
    Moment last = data.moments().getLast();
    ChainStats stats = data.stats();
    boolean oneDay = Axis.day(first.from()).equals(Axis.day(last.to()));
    add(
        "<p class=\"lede\">%s, from <b>@%d</b> on %s at %s to <b>@%d</b>%s at %s UTC. They lie in"
            + " %s above one base image.</p>%n",
        count(stats.points(), "restore point"),
        first.first(),
        Axis.day(first.from()),
        Axis.clock(first.from()),
        last.last(),
        oneDay ? "" : " on " + Axis.day(last.to()),
        Axis.clock(last.to()),
        count(stats.layers(), "layer"));
    out.append("<dl class=\"figures\">\n");
    figure("Stored", Units.bytes(stats.storedBytes()), count(stats.files(), "file"));
    figure(
        "Alive",
        Units.bytes(stats.liveBytes()),
        Units.bytes(stats.deadBytes()) + " no index draws on");
    figure(
        "Write amplification",
        ratio(stats.writeAmplification()),
        "bytes written for each byte brought");
    figure(
        "Space amplification",
        ratio(OptionalDouble.of(stats.spaceAmplification())),
        "bytes stored for each live byte");
    figure("Longest pause", pause(), "that the guest stood still");
    boolean clean = data.findings().isEmpty();
    figure(
        "State",
        clean ? "sound" : count(data.findings().size(), "finding"),
        clean ? "as far as was checked" : "see below");
    out.append("</dl>\n</header>\n");
  }

  private String pause() {
    OptionalDouble most =
        data.moments().stream().flatMapToDouble(moment -> moment.pauseMillis().stream()).max();
    return most.isPresent() ? millis(most.getAsDouble()) : "\u2013";
  }

  private void figure(String name, String value, String note) {
    add(
        "<div><dt>%s</dt><dd>%s</dd><dd class=\"note\">%s</dd></div>%n",
        escape(name), escape(value), escape(note));
  }

  private static String ratio(OptionalDouble value) {
    return value.isPresent() ? String.format(Locale.ROOT, "%.2f", value.getAsDouble()) : "\u2013";
  }

  private static String millis(double millis) {
    return millis >= 1000
        ? String.format(Locale.ROOT, "%.2f s", millis / 1000)
        : String.format(Locale.ROOT, millis >= 100 ? "%.0f ms" : "%.1f ms", millis);
  }

  private void section(String id, String title, String words) {
    add("<section aria-labelledby=\"%s\">%n<h2 id=\"%s\">%s</h2>%n", id, id, escape(title));
    add("<p>%s</p>%n", words);
  }

  private void timeline() {
    boolean together = data.moments().stream().anyMatch(moment -> moment.points() > 1);
    section(
        "timeline",
        "Points over time",
        "What each point brought, how long the guest stood still for it, and how fast the guest"
            + " wrote before it. "
            + (together
                ? "There are more points than fit: a bar is several, at their mean; of pauses it is"
                    + " the longest."
                : "A bar is a point."));
    Chart size =
        new Chart(
            "Size of a point",
            "bar",
            moment -> OptionalDouble.of((double) moment.bytes() / moment.points()),
            bytes -> Units.bytes(Math.round(bytes)));
    Chart pause = new Chart("Pause", "bar pause", Moment::pauseMillis, ReportPage::millis);
    Chart rate =
        new Chart(
            "Dirty rate",
            "bar rate",
            Moment::dirtyBytesPerSecond,
            bytes -> Units.bytes(Math.round(bytes)) + "/s");
    List<Chart> charts = new ArrayList<>(List.of(size));
    List<String> unknown = new ArrayList<>();
    if (pause.isKnown(axis)) {
      charts.add(pause);
    } else {
      unknown.add("No pauses are known: only points of <code>cairn capture</code> have them.");
    }
    if (rate.isKnown(axis)) {
      charts.add(rate);
    } else {
      unknown.add("No dirty rate is known: no two points follow each other.");
    }
    out.append(Chart.draw(axis, "timeline-title", "Size, pause and dirty rate by point", charts));
    unknown.forEach(words -> add("<p class=\"note\">%s</p>%n", words));
    table();
    out.append("</section>\n");
  }

  /** The same in words, for those who do not see drawings, and for those who copy numbers. */
  private void table() {
    out.append(
        "<details><summary>As a table</summary>\n<div class=\"scroll\"><table>\n<thead><tr>");
    for (String head : List.of("Points", "From", "Size", "Pages", "Pause", "Dirty rate")) {
      add("<th scope=\"col\">%s</th>", head);
    }
    out.append("</tr></thead>\n<tbody>\n");
    for (Moment moment : data.moments()) {
      OptionalDouble rate = moment.dirtyBytesPerSecond();
      OptionalDouble pause = moment.pauseMillis();
      add(
          "<tr><th"
              + " scope=\"row\">%s</th><td>%s</td><td>%s</td><td>%d</td><td>%s</td><td>%s</td></tr>%n",
          moment.name(),
          Axis.day(moment.from()) + ", " + Axis.clock(moment.from()),
          Units.bytes(moment.bytes()),
          moment.pages(),
          pause.isPresent() ? millis(pause.getAsDouble()) : "\u2013",
          rate.isPresent() ? Units.bytes(Math.round(rate.getAsDouble())) + "/s" : "\u2013");
    }
    out.append("</tbody></table></div></details>\n");
  }

  private void stack() {
    section(
        "stack",
        "The stack",
        "A lookup asks the indexes from the newest down. Each is drawn as wide as the points that"
            + " it answers; from it go bands to the files that its pages lie in. Merging writes a"
            + " new index and leaves pages where they are: that is why few indexes draw on many"
            + " files. The pale part of a file is what no index needs.");
    out.append(StackDrawing.draw(axis, data.stack()));
    out.append(
        "<details><summary>As a table</summary>\n<div class=\"scroll\"><table>\n<thead><tr>");
    for (String head : List.of("File", "Kind", "Takes", "In use")) {
      add("<th scope=\"col\">%s</th>", head);
    }
    out.append("</tr></thead>\n<tbody>\n");
    for (Stack.Held file : data.stack().files()) {
      add(
          "<tr><th scope=\"row\"><code>%s</code></th><td>%s</td><td>%s</td><td>%s</td></tr>%n",
          escape(file.name()), file.kind(), Units.bytes(file.bytes()), Units.bytes(file.used()));
    }
    out.append("</tbody></table></div></details>\n</section>\n");
  }

  private void amplification() {
    Chart write =
        new Chart(
            "Write amplification",
            "line write",
            Moment::writeAmplification,
            value -> String.format(Locale.ROOT, "%.2f", value));
    Chart space =
        new Chart(
            "Space amplification",
            "line space",
            Moment::spaceAmplification,
            value -> String.format(Locale.ROOT, "%.2f", value));
    section(
        "amplification",
        "What the chain costs",
        "Bytes written for each byte that points brought, ever, merging included; and bytes stored"
            + " for each byte that some index still draws on.");
    List<Chart> known =
        List.of(write, space).stream().filter(chart -> chart.isKnown(axis)).toList();
    if (!known.isEmpty()) {
      out.append(
          Chart.draw(axis, "amplification-title", "Write and space amplification by point", known));
    } else {
      add(
          "<p class=\"note\">How they grew is not known: only <code>cairn capture</code> keeps that"
              + " with its points. Now they are %s and %s.</p>%n",
          ratio(data.stats().writeAmplification()),
          ratio(OptionalDouble.of(data.stats().spaceAmplification())));
    }
    out.append("</section>\n");
  }

  private void heat() {
    section(
        "heat",
        "Where the guest writes",
        "Its memory from top to bottom, its points from left to right. What a forgotten point wrote"
            + " counts at the next one that is kept. By itself: <code>cairn heatmap "
            + escape(data.chain())
            + " -o FILE.svg</code>.");
    out.append("<div class=\"scroll\" tabindex=\"0\" role=\"group\" aria-label=\"Heat map\">\n");
    out.append(new HeatPicture(data.chain(), data.heat(), HEAT_WIDTH).svg());
    out.append("</div>\n</section>\n");
  }

  private void checked() {
    boolean clean = data.findings().isEmpty();
    section("checked", "What was checked", escape(data.checked()) + ".");
    if (clean) {
      add(
          "<p class=\"state sound\"><b>No damage found.</b> All of it is read by <code>cairn verify"
              + " %s</code>.</p>%n",
          escape(data.chain()));
    } else {
      add(
          "<p class=\"state bad\"><b>%s.</b> See <code>cairn verify %s</code>, then <code>cairn"
              + " repair %s --dry-run</code>.</p>%n<ul>%n",
          count(data.findings().size(), "finding"), escape(data.chain()), escape(data.chain()));
      data.findings().stream()
          .limit(100)
          .forEach(f -> add("<li><code>%s</code></li>%n", escape(f)));
      out.append("</ul>\n");
    }
    out.append("</section>\n");
  }

  private void points() {
    section("points", "Points to go back to", "The newest ones, and those with a name or a pin.");
    out.append("<div class=\"columns\">\n");
    list("Newest", data.newest());
    list("Named, pinned or held", data.marked());
    out.append("</div>\n</section>\n");
  }

  private void list(String title, List<RestorePoint> points) {
    add("<div class=\"scroll\"><table>%n<caption>%s</caption>%n<tbody>%n", escape(title));
    if (points.isEmpty()) {
      out.append("<tr><td>none</td></tr>\n");
    }
    for (RestorePoint point : points) {
      Point p = point.point();
      String marks =
          point.label() + (point.pinned() ? " pinned" : "") + (point.held() ? " held" : "");
      add(
          "<tr><th scope=\"row\">@%d</th><td>%s</td><td>%s</td><td>%s</td></tr>%n",
          point.checkpoint(),
          Axis.day(p.time()) + ", " + Axis.clock(p.time()),
          Units.bytes(p.written().bytes()),
          escape(marks.strip()));
    }
    out.append("</tbody></table></div>\n");
  }

  private void disks() {
    section(
        "disks",
        "Disk pairs",
        data.diskPairs() == 0
            ? "No point has a picture of its disks: they are memory and devices only. <code>cairn"
                + " capture --disk-snapshot</code> takes one with each point."
            : count(data.diskPairs(), "point")
                + (data.diskPairs() == 1
                    ? " has a picture of its disks"
                    : " have pictures of their disks")
                + (data.disks().size() < data.diskPairs() ? "; the newest are:" : ":"));
    if (!data.disks().isEmpty()) {
      out.append("<div class=\"scroll\"><table>\n<tbody>\n");
      for (DiskPair pair : data.disks()) {
        String name = "@" + pair.checkpoint();
        for (DiskNames.Disk disk : pair.disks().disks()) {
          row(name, disk.device(), disk.format() + ":" + disk.file());
        }
        pair.disks().answer().forEach(line -> row(name, pair.disks().kind(), line));
      }
      out.append("</tbody></table></div>\n");
    }
    out.append("</section>\n");
  }

  private void row(String point, String device, String file) {
    add(
        "<tr><th scope=\"row\">%s</th><td>%s</td><td><code>%s</code></td></tr>%n",
        escape(point), escape(device), escape(file));
  }

  private void footer() {
    add(
        "<footer><p>Made by Cairn on %s at %s UTC, of generation %d of the chain\u2019s manifest."
            + " Times are UTC.</p></footer>%n",
        Axis.day(data.made()), Axis.clock(data.made()), data.generation());
  }
}
