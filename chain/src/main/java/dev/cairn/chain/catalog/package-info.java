/** The catalog: a derived index of the points of all chains, kept by RocksDB. */
@NullMarked
package dev.cairn.chain.catalog;

import org.jspecify.annotations.NullMarked;
