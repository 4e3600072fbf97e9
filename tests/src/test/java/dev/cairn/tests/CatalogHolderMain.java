package dev.cairn.tests;

import dev.cairn.chain.Environment;
import dev.cairn.chain.Store;
import dev.cairn.chain.catalog.Catalog;
import dev.cairn.chain.catalog.CatalogListener;
import dev.cairn.store.io.FileSystemDirectory;
import java.io.IOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;

/** A process that holds a store's catalog until the end of its input. Started by tests only. */
final class CatalogHolderMain {
  private CatalogHolderMain() {}

  public static void main(String[] arguments) throws IOException {
    Environment environment =
        new Environment(Clock.systemUTC(), new SecureRandom(), Duration.ofSeconds(30));
    try (Store store = Store.open(FileSystemDirectory.open(Path.of(arguments[0])), environment);
        Catalog catalog = Catalog.tryOpen(store, CatalogListener.NONE).orElseThrow()) {
      catalog.rollForward(CatalogListener.NONE);
      System.out.println("holding");
      int next = System.in.read();
      while (next >= 0) {
        next = System.in.read();
      }
    }
  }
}
