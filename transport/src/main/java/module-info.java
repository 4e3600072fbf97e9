/** Chains and pages between hosts. */
module dev.cairn.transport {
  exports dev.cairn.transport.link;
  exports dev.cairn.transport.pages;
  exports dev.cairn.transport.peer;
  exports dev.cairn.transport.rate;
  exports dev.cairn.transport.read;
  exports dev.cairn.transport.receive;
  exports dev.cairn.transport.send;
  exports dev.cairn.transport.serve;
  exports dev.cairn.transport.source;
  exports dev.cairn.transport.tls;
  exports dev.cairn.transport.wire;

  requires static org.jspecify;
  requires disni;
  requires java.naming;
  requires jdk.net;
  requires transitive dev.cairn.chain;
}
