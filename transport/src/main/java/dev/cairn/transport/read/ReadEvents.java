package dev.cairn.transport.read;

/**
 * What a {@link RemotePoint} tells who reads it. Thread-safe; must not wait but where it says so.
 */
public interface ReadEvents {
  /** Pages have come that were missing, or can be asked for again: who needs some looks anew. */
  void arrived();

  /**
   * Who answered for the point does not any more; it is tried again until {@link #isElsewhere}.
   *
   * @param why for people
   */
  void lost(String why);

  /** Somebody answers for the point again: what was outstanding is asked for anew. */
  void back();

  /**
   * Pages were not given, or not as they are: they are asked for again.
   *
   * @param why for people
   */
  void refused(String why);

  /**
   * Tells whether the point is read elsewhere from now on, such as in the store, where it may have
   * come to be. Asked by one thread, every two seconds, and when links were lost before each
   * attempt to connect; may wait.
   */
  boolean isElsewhere();
}
