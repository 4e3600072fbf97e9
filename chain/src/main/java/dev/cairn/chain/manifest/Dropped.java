package dev.cairn.chain.manifest;

import dev.cairn.store.file.FileName;

/**
 * A file that left the manifest but that some hold needs. Immutable.
 *
 * @param name the file
 * @param generation the first generation that did not name it
 */
public record Dropped(FileName name, long generation) {}
