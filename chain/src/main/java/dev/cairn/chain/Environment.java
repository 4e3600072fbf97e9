package dev.cairn.chain;

import java.time.Clock;
import java.time.Duration;
import java.util.random.RandomGenerator;

/**
 * What a chain needs from the world beside its directory. Immutable.
 *
 * @param clock tells the time that points carry; nothing correct rests on it
 * @param random draws file and checkpoint ids; safe for use by several threads
 * @param patience how long to wait for a lock before answering "busy"
 */
public record Environment(Clock clock, RandomGenerator random, Duration patience) {}
