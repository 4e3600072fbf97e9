package dev.cairn.tools.picture;

/** What a map's colours tell. */
public enum By {
  /** How many of a cell's pages a point writes. */
  OFTEN,
  /** How many points ago any of a cell's pages was written last. */
  RECENT
}
