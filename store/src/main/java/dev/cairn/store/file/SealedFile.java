package dev.cairn.store.file;

/**
 * A file that has been written wholly. Immutable.
 *
 * @param header its header
 * @param length bytes
 * @param writtenBytes length without the holes of a base image
 * @param sha SHA-256 of header and metadata, as unpadded base64url
 */
public record SealedFile(FileHeader header, long length, long writtenBytes, String sha) {}
