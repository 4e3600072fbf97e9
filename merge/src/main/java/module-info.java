/** Merging indexes, packing page data. */
module dev.cairn.merge {
  requires static org.jspecify;
  requires transitive dev.cairn.chain;

  exports dev.cairn.merge;
  exports dev.cairn.merge.policy;
}
