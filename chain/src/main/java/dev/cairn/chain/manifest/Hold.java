package dev.cairn.chain.manifest;

import java.time.Instant;

/**
 * A durable snapshot: retains a point and every file that a generation named. Immutable.
 *
 * @param token names the hold; 1 to 64 characters of {@code [A-Za-z0-9._-]}
 * @param generation whose files it keeps
 * @param point the checkpoint that it retains
 * @param time when it was taken, whole seconds; nothing correct rests on it
 * @param owner who took it, for people
 */
public record Hold(String token, long generation, long point, Instant time, String owner) {}
