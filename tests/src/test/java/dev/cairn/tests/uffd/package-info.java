/**
 * Firecracker's door from outside: client processes that keep its protocol, or break it, and check
 * every byte that they are given (tools/UFFD.md).
 */
@NullMarked
package dev.cairn.tests.uffd;

import org.jspecify.annotations.NullMarked;
