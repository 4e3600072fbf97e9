/**
 * The file-system seam: {@link dev.cairn.store.io.StoreDirectory} is the only way by which Cairn
 * touches the files of a store.
 */
@NullMarked
package dev.cairn.store.io;

import org.jspecify.annotations.NullMarked;
