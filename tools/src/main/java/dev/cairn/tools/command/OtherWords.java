package dev.cairn.tools.command;

import java.util.List;
import java.util.Map;
import picocli.CommandLine;
import picocli.CommandLine.UnmatchedArgumentException;

/**
 * What a person may have meant by a word that is no command: the words of other programs, or a slip
 * of the finger. Stateless.
 */
final class OtherWords {
  /** What others (restic, borg, kopia, virsh, git) call it, and what that is here. */
  private static final Map<String, String> OURS =
      Map.ofEntries(
          Map.entry("backup", "checkpoint, capture"),
          Map.entry("create", "checkpoint, init"),
          Map.entry("save", "checkpoint, capture"),
          Map.entry("snapshot", "checkpoint, list"),
          Map.entry("clone", "fork"),
          Map.entry("branch", "fork"),
          Map.entry("delete", "forget"),
          Map.entry("remove", "forget"),
          Map.entry("rm", "forget"),
          Map.entry("expire", "forget"),
          Map.entry("prune", "forget, merge"),
          Map.entry("gc", "merge, compact"),
          Map.entry("tag", "label"),
          Map.entry("unlabel", "label --remove"),
          Map.entry("unpin", "pin --remove"),
          Map.entry("info", "show, stats"),
          Map.entry("du", "stats"),
          Map.entry("extract", "restore"),
          Map.entry("mount", "restore, uffd-serve"),
          Map.entry("start", "resume"),
          Map.entry("run", "resume"),
          Map.entry("migrate", "resume, send"),
          Map.entry("push", "send"),
          Map.entry("fetch", "pull"),
          Map.entry("fsck", "verify"),
          Map.entry("server", "serve"),
          Map.entry("version", "--version"));

  private OtherWords() {}

  /** Returns what a word may mean, to be added to a message; empty if nothing is like it. */
  static String better(CommandLine all, String word) {
    String ours = OURS.get(word);
    if (ours != null) {
      return "; did you mean: " + ours;
    }
    return better(new UnmatchedArgumentException(all, List.of(word)));
  }

  /** The same for words that the command line could not take. */
  static String better(UnmatchedArgumentException failure) {
    boolean noCommand = failure.getCommandLine().getCommandSpec().parent() == null;
    if (noCommand && !failure.getUnmatched().isEmpty()) {
      String ours = OURS.get(failure.getUnmatched().getFirst());
      if (ours != null) {
        return "; did you mean: " + ours;
      }
    }
    List<String> like = failure.getSuggestions();
    return like.isEmpty() ? "" : "; did you mean: " + String.join(", ", like);
  }
}
