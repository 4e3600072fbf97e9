package dev.cairn.store.file;

/**
 * A file that has been written wholly. Immutable.
 *
 * @param header its header
 * @param length bytes
 * @param sha SHA-256 of header and metadata, as unpadded base64url
 */
public record SealedFile(FileHeader header, long length, String sha) {}
