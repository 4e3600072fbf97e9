package dev.cairn.tests.guardian;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Harms every answer to the first client, but for that which lets it in. Thread-safe. */
final class HarmedAnswers implements MiddleMan.Meddler {
  private static final Pattern ID = Pattern.compile("\"id\": *([0-9]+)");

  private final AnswerHarm harm;
  private final AtomicInteger answers = new AtomicInteger();

  HarmedAnswers(AnswerHarm harm) {
    this.harm = harm;
  }

  @Override
  public String answer(String line) {
    Matcher matcher = ID.matcher(line);
    if (!line.contains("\"return\"") || !matcher.find() || answers.incrementAndGet() == 1) {
      return line;
    }
    return harm.of(matcher.group(1));
  }
}
