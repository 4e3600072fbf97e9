/** The command line, hypervisor adapters, demo. */
module dev.cairn.tools {
  requires static org.jspecify;
  requires com.fasterxml.jackson.databind;
  requires com.fasterxml.jackson.dataformat.toml;
  requires com.github.luben.zstd_jni;
  requires dev.cairn.merge;
  requires dev.cairn.transport;
  requires info.picocli;
  requires java.management;
  requires jdk.httpserver;
  requires rocksdbjni;

  opens dev.cairn.tools to
      info.picocli;
  opens dev.cairn.tools.command to
      info.picocli;
}
