/** Chains and pages between hosts. */
module dev.cairn.transport {
  exports dev.cairn.transport.tls;

  requires static org.jspecify;
  requires java.naming;
  requires transitive dev.cairn.chain;
}
