package dev.cairn.store.file;

/**
 * An entry of a file table: a file that addresses point into. Immutable.
 *
 * @param name the file
 * @param drawnBytes bytes of frames in it that the drawing file addresses, each address once
 * @param drawnFrames how many
 */
public record DrawnFile(FileName name, long drawnBytes, long drawnFrames) {}
