package dev.cairn.tools.command;

import dev.cairn.chain.Chain;
import dev.cairn.chain.Finding;
import dev.cairn.chain.Store;
import dev.cairn.chain.Verifier;
import dev.cairn.store.CorruptFileException;
import java.io.IOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** {@code cairn verify}. */
@Command(
    name = "verify",
    aliases = "check",
    description = "looks for damage, and tells of all of it")
final class VerifyCommand implements Callable<Integer> {
  @ParentCommand RootCommand root = new RootCommand();

  @Parameters(arity = "0..1", paramLabel = "CHAIN", description = "without it: all chains")
  @Nullable String chainName;

  @Option(
      names = "--read-data-subset",
      paramLabel = "PERCENT",
      description = "how much of the page data is read; default 100%%")
  String share = "100%";

  @Option(
      names = "--metrics",
      paramLabel = "FILE",
      description =
          "writes what was found for Prometheus: a file of node_exporter's textfile collector")
  @Nullable Path metrics;

  @Override
  public Integer call() throws IOException {
    double fraction = fraction();
    VerifyMetrics told = new VerifyMetrics(fraction);
    Console console = root.console();
    Findings findings = new Findings(console);
    Failures failures = new Failures(console);
    List<String> damaged = new ArrayList<>();
    List<Map<String, Object>> coming = new ArrayList<>();
    boolean incomplete = false;
    try (Kept _ =
            new Kept(root.console(), "nothing was changed; to begin again, give the same command");
        Store store = root.openStore()) {
      List<String> names = chainName == null ? store.chainNames() : List.of(chainName);
      for (String name : names) {
        int before = findings.count();
        verify(store, name, fraction, findings, failures);
        told.add(name, findings.count() - before, failures.chains().contains(name));
        if (findings.count() > before) {
          damaged.add(name);
        } else {
          incomplete |= tellComing(store, name, coming);
        }
      }
      if (chainName == null) {
        int before = findings.count();
        store.strangers().forEach(findings::ofStore);
        told.add("", findings.count() - before, false);
      }
      int verified = names.size() - failures.chains().size();
      if (verified > 0 || names.isEmpty()) {
        String result =
            findings.count() == 0 ? "clean" : Console.count(findings.count(), "finding");
        console.note("%s verified: %s", Console.count(verified, "chain"), result);
      }
      for (String name : damaged) {
        advise(store, name);
      }
    }
    if (metrics != null) {
      told.write(metrics, root.environment().clock().instant());
    }
    Map<String, Object> row = new LinkedHashMap<>();
    row.put("clean", findings.count() == 0 && failures.chains().isEmpty());
    row.put("findings", findings.rows());
    row.put("damagedChains", damaged);
    row.put("failedChains", failures.chains());
    row.put("coming", coming);
    console.object(row);
    if (findings.count() > 0) {
      return ExitCodes.CORRUPT;
    }
    boolean nothingYet = incomplete && chainName != null && failures.chains().isEmpty();
    return nothingYet ? ExitCodes.INCOMPLETE : failures.exit();
  }

  /** Tells of what is coming into a chain; returns whether nothing else is there. */
  private boolean tellComing(Store store, String name, List<Map<String, Object>> rows) {
    try (Chain chain = store.openDamaged(name)) {
      Optional<ComingRow> coming = ComingRow.of(chain);
      if (coming.isPresent()) {
        Map<String, Object> row = new LinkedHashMap<>();
        row.put("chain", name);
        coming.get().tell(root.console(), row);
        rows.add(row);
      }
      return coming.isPresent() && chain.manifest().tip().isEmpty();
    } catch (IOException e) {
      // Verifying it has told why, or it is gone meanwhile.
      return false;
    }
  }

  private void verify(
      Store store, String name, double fraction, Findings findings, Failures failures)
      throws IOException {
    Consumer<Finding> listener = findings.of(name);
    try (Chain chain = store.openDamaged(name)) {
      new Verifier(chain, listener, fraction, new SecureRandom())
          .run(root.console().progress("verify " + name));
      chain.spareDamage().ifPresent(damage -> warnOfSpare(name, damage));
    } catch (CorruptFileException e) {
      listener.accept(Finding.of(e));
    } catch (IOException e) {
      failures.add(name, e);
    }
  }

  private void advise(Store store, String name) throws IOException {
    Console console = root.console();
    try (Chain chain = store.openDamaged(name)) {
      if (chain.rollback().isEmpty()) {
        console.line("to see what a repair would lose: cairn repair %s --dry-run", name);
        console.line("to go back to what is intact: cairn repair %s", name);
      } else {
        console.line("%s: %s", name, Chain.rollbackAdvice(name));
      }
    } catch (CorruptFileException e) {
      console.line("%s: MANIFEST and its spare are lost; bring it back by a copy of it", name);
    }
  }

  private void warnOfSpare(String name, CorruptFileException damage) {
    root.console()
        .warn(damage.getMessage() + "; nothing is lost; to write it anew: cairn repair " + name);
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
}
