package dev.cairn.tests.rights;

import java.io.IOException;
import java.nio.file.Path;

/** The test that must see a guard missing, to be run among classes of which one was changed. */
public final class RightsRun {
  private RightsRun() {}

  /** Returns what the test says, or nothing if it is content. */
  public static String failure(String mutation, Path directory) {
    try {
      switch (RightsMutation.valueOf(mutation)) {
        case FILES_THROUGH_LINKS ->
            new SymbolicLinksTest(directory).inPlaceOfWhatIsThere("chains/vm/LOCK");
        case DIRECTORIES_THROUGH_LINKS ->
            new SymbolicLinksTest(directory).inPlaceOfWhatIsThere("chains/vm");
        case ANY_CHAIN_NAME ->
            new HostileManifestTest(directory).namesFromACommandLineAreCheckedFirst();
        case NO_RULES ->
            new HostileManifestTest(directory).namesThatLeadOutOfTheChainAreCorruption();
      }
      return "";
    } catch (AssertionError | IOException e) {
      return String.valueOf(e.getMessage());
    }
  }
}
