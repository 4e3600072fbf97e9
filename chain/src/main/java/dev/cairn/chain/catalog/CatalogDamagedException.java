package dev.cairn.chain.catalog;

import java.io.IOException;

/** The catalog cannot be used as it is: whoever may write throws it away and rebuilds it. */
final class CatalogDamagedException extends IOException {
  private static final long serialVersionUID = 1;

  CatalogDamagedException(String message, Throwable cause) {
    super(message, cause);
  }

  CatalogDamagedException(String message) {
    super(message);
  }
}
