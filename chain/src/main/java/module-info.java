/** Which files are the VM, at which point. */
module dev.cairn.chain {
  requires static org.jspecify;
  requires transitive dev.cairn.store;
  requires rocksdbjni;

  exports dev.cairn.chain;
  exports dev.cairn.chain.catalog;
  exports dev.cairn.chain.manifest;
  exports dev.cairn.chain.retention;
}
