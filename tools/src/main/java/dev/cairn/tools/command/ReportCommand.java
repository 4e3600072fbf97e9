package dev.cairn.tools.command;

import dev.cairn.chain.Chain;
import dev.cairn.chain.ChainSnapshot;
import dev.cairn.chain.Finding;
import dev.cairn.chain.Store;
import dev.cairn.chain.Verifier;
import dev.cairn.tools.image.NewFile;
import dev.cairn.tools.report.ReportReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** {@code cairn report}. */
@Command(
    name = "report",
    description =
        "writes one page about a chain, which needs no network: points, pauses, layers and files,"
            + " what they cost, where the guest writes; reads indexes, no pages")
final class ReportCommand implements Callable<Integer> {
  @ParentCommand RootCommand root = new RootCommand();

  @Parameters(paramLabel = "CHAIN")
  String chainName = "";

  @Option(
      names = {"-o", "--output"},
      required = true,
      paramLabel = "FILE.html",
      description = "what is there under that name is replaced")
  Path output = Path.of("");

  @Option(
      names = "--verify",
      description = "also reads all that is stored, as cairn verify does, and tells of it")
  boolean verify;

  @Override
  public Integer call() throws IOException {
    Console console = root.console();
    ReportReader.Report report;
    try (Kept _ = new Kept(root.console(), "nothing was changed, and no page written");
        Store store = root.openStore();
        Chain chain = store.open(chainName)) {
      List<String> findings = verify ? verify(chain) : new ArrayList<>();
      try (ChainSnapshot snapshot = chain.snapshot()) {
        report =
            ReportReader.read(
                snapshot,
                chain.environment().clock().instant(),
                verify ? "all files and pages were read and compared with their checksums" : "",
                findings,
                console.progress("report " + chainName));
      }
    }
    NewFile.put(output, report.html().getBytes(StandardCharsets.UTF_8));
    console.note(
        "%s: %s%s",
        output,
        Console.bytes(report.html().length()),
        report.findings() == 0
            ? ""
            : "; it tells of "
                + Console.count(report.findings(), "finding")
                + "; see: cairn verify "
                + chainName);
    Map<String, Object> row = new LinkedHashMap<>();
    row.put("chain", chainName);
    row.put("file", output.toString());
    row.put("findings", report.findings());
    console.object(row);
    return report.findings() == 0 ? ExitCodes.DONE : ExitCodes.CORRUPT;
  }

  private List<String> verify(Chain chain) throws IOException {
    List<String> findings = new ArrayList<>();
    new Verifier(chain, finding -> findings.add(text(finding)), 1, new SecureRandom())
        .run(root.console().progress("verify " + chainName));
    return findings;
  }

  private static String text(Finding finding) {
    return finding.file()
        + ": "
        + finding.what()
        + " at offset "
        + finding.offset()
        + ": expected "
        + finding.expected()
        + ", found "
        + finding.actual();
  }
}
