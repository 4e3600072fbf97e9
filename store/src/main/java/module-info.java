/** The bytes of one file, and the file-system seam. */
module dev.cairn.store {
  requires static org.jspecify;
  requires com.github.luben.zstd_jni;
  requires org.lz4.java;

  exports dev.cairn.store;
  exports dev.cairn.store.file;
  exports dev.cairn.store.io;
}
