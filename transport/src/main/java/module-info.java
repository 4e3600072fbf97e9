/** Chains and pages between hosts. */
module dev.cairn.transport {
  requires static org.jspecify;
  requires transitive dev.cairn.chain;
}
