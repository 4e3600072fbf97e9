package dev.cairn.tools.command;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.cairn.chain.Progress;
import dev.cairn.store.StoreException;
import dev.cairn.tools.linux.Terminal;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/**
 * What a person or a machine sees: results on standard output, progress and errors on standard
 * error.
 */
public final class Console {
  private static final long REDRAW_NANOS = 200_000_000;
  private static final int DEFAULT_WIDTH = 80;

  /** Made when the first object is written: it takes longer than a list of points. */
  private static final class Json {
    static final ObjectMapper MAPPER = new ObjectMapper();

    private Json() {}
  }

  private final RootCommand options;
  private final PrintStream out = System.out;

  /** One for all works: two that drew at once would tear each other's line apart. */
  private final StatusLine status =
      new StatusLine(System.err, () -> wantsProgress() && Terminal.isStandardError(), REDRAW_NANOS);

  Console(RootCommand options) {
    this.options = options;
  }

  boolean json() {
    return options.json;
  }

  /** Prints a line of the result for people; nothing with {@code --json}. */
  void line(String format, Object... values) {
    if (!options.json) {
      status.over(() -> out.println(String.format(Locale.ROOT, format, values)));
    }
  }

  /** Prints lines of the result for people, by one write; nothing with {@code --json}. */
  void lines(List<String> lines) {
    if (!options.json && !lines.isEmpty()) {
      out.print(String.join(System.lineSeparator(), lines) + System.lineSeparator());
    }
  }

  /** Prints text that is the result for people and machines alike. */
  void print(String text) {
    out.print(text);
  }

  /** Prints a line that is not asked for with {@code -q}. */
  void note(String format, Object... values) {
    if (!options.quiet) {
      line(format, values);
    }
  }

  /** Prints a warning for people and for logs. */
  void warn(String text) {
    log("warning", text);
  }

  /** Tells people of something that happened while a service runs; not with {@code -q}. */
  void event(String text) {
    if (!options.quiet && !options.json) {
      log("info", oneLine(text));
    }
  }

  /** Prints a line on standard error that only {@code -v} asks for. */
  void debug(String text) {
    if (options.verbose) {
      log("debug", text);
    }
  }

  /** Prints a line for logs: for people, or an object where {@code --log-json} asks for it. */
  private void log(String level, String text) {
    log(level, text, "");
  }

  /**
   * As above.
   *
   * @param next what is to be done; empty if the text says it
   */
  private void log(String level, String text, String next) {
    if (!options.logJson) {
      String kind = level.equals("warning") ? "warning: " : "";
      String advice = next.isEmpty() ? "" : "; next: " + next;
      status.over(() -> System.err.println("cairn: " + kind + text + advice));
      return;
    }
    Map<String, Object> row = new LinkedHashMap<>();
    row.put("time", options.environment().clock().instant().toString());
    row.put("level", level);
    row.put("text", text);
    if (!next.isEmpty()) {
      row.put("next", next);
    }
    status.over(() -> System.err.println(text(row)));
  }

  /** Prints the result for machines, if {@code --json} asks for it. */
  void object(Map<String, ?> value) {
    if (options.json) {
      out.println(text(value));
    }
  }

  /** Returns an object as a line of JSON. */
  static String text(Map<String, ?> value) {
    try {
      return Json.MAPPER.writeValueAsString(value);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Returns a listener that draws progress, if somebody is looking. */
  Progress progress(String what) {
    return wantsProgress() ? new Bar(what, statusLine()) : Progress.NONE;
  }

  /** Tells that a work goes on that cannot say how far it is, until that is closed. */
  Elapsed elapsed(String what) {
    return new Elapsed(what, status);
  }

  /** Returns a line on standard error that is drawn only if somebody is looking. */
  StatusLine statusLine() {
    return status;
  }

  private boolean wantsProgress() {
    return !options.quiet && !options.noProgress && !options.json;
  }

  /** Tells in one line why a command line cannot be understood. */
  public static void usage(ParameterException failure) {
    String better = failure instanceof UnmatchedArgumentException e ? OtherWords.better(e) : "";
    CommandSpec spec = failure.getCommandLine().getCommandSpec();
    String help = spec.parent() == null ? "" : " " + spec.name();
    System.err.println(
        "cairn: "
            + oneLine(String.valueOf(failure.getMessage()))
            + better
            + "; see: cairn help"
            + help);
  }

  /**
   * Tells of a failure, and what to do next, in one line; with {@code -v}, or if nobody expected
   * it, of its stack.
   */
  void error(Throwable failure) {
    String text = oneLine(message(failure));
    log("error", text, NextSteps.of(failure, text, options.command()).orElse(""));
    boolean expected =
        failure instanceof StoreException
            || failure instanceof UsageException
            || failure instanceof IOException;
    if (!expected || options.verbose) {
      failure.printStackTrace(System.err);
    }
  }

  /** The JDK's own say only which file, and their class says the rest. */
  private static String message(Throwable failure) {
    String message = Objects.requireNonNullElse(failure.getMessage(), "");
    if (failure instanceof FileSystemException e && e.getReason() == null) {
      return message + ": " + words(e);
    }
    return message.isEmpty() ? failure.getClass().getSimpleName() : message;
  }

  private static String words(FileSystemException failure) {
    return switch (failure) {
      case NoSuchFileException _ -> "no such file";
      case AccessDeniedException _ -> "permission denied";
      case FileAlreadyExistsException _ -> "is there already";
      case NotDirectoryException _ -> "expected a directory, found something else";
      default -> failure.getClass().getSimpleName();
    };
  }

  private static String oneLine(String text) {
    return text.strip().replaceAll("\\s*\\R\\s*", " ");
  }

  /** Tells who has interrupted a command what is kept, and how it goes on. */
  void interrupted(String kept) {
    status.clear();
    System.err.println("cairn: interrupted; " + kept);
  }

  /** Returns how wide a line of the result may be. */
  static int width() {
    return Terminal.columnsOfOutput().orElse(DEFAULT_WIDTH);
  }

  /** Returns how many of a thing there are: one page, two pages. */
  static String count(long number, String thing) {
    return number + " " + thing + (number == 1 ? "" : "s");
  }

  /** Returns bytes as people read them. */
  static String bytes(long bytes) {
    String[] units = {"B", "KiB", "MiB", "GiB", "TiB"};
    double value = bytes;
    int unit = 0;
    while (value >= 1024 && unit < units.length - 1) {
      value /= 1024;
      unit++;
    }
    long tenths = Math.round(value * 10);
    return unit == 0 ? bytes + " B" : tenths / 10 + "." + tenths % 10 + " " + units[unit];
  }

  /** Returns a time as people read one that they wait for. */
  static String time(double seconds) {
    long all = Math.round(seconds);
    return all < 100
        ? all + " s"
        : all < 6000 ? (all + 30) / 60 + " min" : (all + 1800) / 3600 + " h";
  }

  /** Tells how far the work is. */
  private record Bar(String what, StatusLine line, long start) implements Progress {
    Bar(String what, StatusLine line) {
      this(what, line, System.nanoTime());
    }

    @Override
    public void at(long doneBytes, long totalBytes) {
      if (doneBytes >= totalBytes) {
        line.clear();
      } else {
        line.draw(() -> text(doneBytes, totalBytes));
      }
    }

    private String text(long doneBytes, long totalBytes) {
      double seconds = (System.nanoTime() - start) / 1e9;
      double rate = doneBytes / Math.max(seconds, 1e-3);
      return String.format(
          Locale.ROOT,
          "%s %s of %s, %s/s, %s left ",
          what,
          bytes(doneBytes),
          bytes(totalBytes),
          bytes((long) rate),
          rate > 0 ? time((totalBytes - doneBytes) / rate) : "?");
    }
  }
}
