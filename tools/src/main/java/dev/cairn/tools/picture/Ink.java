package dev.cairn.tools.picture;

/** What a stroke or a text is for; a {@link Palette} says in which colour. */
enum Ink {
  PAPER,
  TEXT,
  QUIET_TEXT,
  LINE
}
