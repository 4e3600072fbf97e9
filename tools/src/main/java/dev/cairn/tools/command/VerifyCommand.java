package dev.cairn.tools.command;

import dev.cairn.chain.Chain;
import dev.cairn.chain.Finding;
import dev.cairn.chain.Store;
import dev.cairn.chain.Verifier;
import dev.cairn.store.CorruptFileException;
import java.io.IOException;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** {@code cairn verify}. */
@Command(name = "verify", description = "looks for damage, and tells of all of it")
final class VerifyCommand implements Callable<Integer> {
  @ParentCommand RootCommand root = new RootCommand();

  @Parameters(arity = "0..1", paramLabel = "CHAIN", description = "without it: all chains")
  @Nullable String chainName;

  @Option(
      names = "--read-data-subset",
      paramLabel = "PERCENT",
      description = "how much of the page data is read; default 100%%")
  String share = "100%";

  @Override
  public Integer call() throws IOException {
    List<Finding> findings = new ArrayList<>();
    try (Store store = root.openStore()) {
      List<String> names = chainName == null ? store.chainNames() : List.of(chainName);
      for (String name : names) {
        verify(store, name, findings);
      }
      root.console()
          .note(
              "%d chains verified: %s",
              names.size(), findings.isEmpty() ? "clean" : findings.size() + " findings");
    }
    root.console().object(Map.of("clean", findings.isEmpty(), "findings", rows(findings)));
    return findings.isEmpty() ? ExitCodes.DONE : ExitCodes.CORRUPT;
  }

  private void verify(Store store, String name, List<Finding> findings) throws IOException {
    Consumer<Finding> listener =
        finding -> {
          findings.add(finding);
          root.console()
              .line(
                  "%s/%s: %s at offset %d: expected %s, found %s",
                  name,
                  finding.file(),
                  finding.what(),
                  finding.offset(),
                  finding.expected(),
                  finding.actual());
        };
    try (Chain chain = store.open(name)) {
      new Verifier(chain, listener, fraction(), new SecureRandom()).run();
    } catch (CorruptFileException e) {
      listener.accept(Finding.of(e));
    }
  }

  private double fraction() {
    String number = share.endsWith("%") ? share.substring(0, share.length() - 1) : share;
    try {
      double percent = Double.parseDouble(number);
      if (percent >= 0 && percent <= 100) {
        return percent / 100;
      }
    } catch (NumberFormatException e) {
      throw new UsageException("--read-data-subset " + share + ": expected a percentage");
    }
    throw new UsageException("--read-data-subset " + share + ": expected 0% to 100%");
  }

  private static List<Map<String, Object>> rows(List<Finding> findings) {
    List<Map<String, Object>> rows = new ArrayList<>();
    for (Finding finding : findings) {
      rows.add(
          Map.of(
              "file",
              finding.file(),
              "what",
              finding.what(),
              "offset",
              finding.offset(),
              "expected",
              finding.expected(),
              "actual",
              finding.actual()));
    }
    return rows;
  }
}
