package dev.cairn.tools.command;

/** Which labels a person may give. */
final class Labels {
  private static final String FORM = "[A-Za-z][A-Za-z0-9._:+-]{0,127}";

  private Labels() {}

  /** Returns the label as it is; it must not look like a number or like {@code latest}. */
  static String check(String label) {
    if (!label.matches(FORM) || label.equals("latest")) {
      throw new UsageException(
          "label '"
              + label
              + "': expected a letter, then up to 127 of A-Z a-z 0-9 . _ : + -, not 'latest'");
    }
    return label;
  }
}
