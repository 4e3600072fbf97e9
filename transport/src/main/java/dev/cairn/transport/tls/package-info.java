/**
 * TLS 1.3 over any bytes that go both ways, as client and as server, with certificates out of PEM
 * files. Nothing here knows chains, and nothing opens a socket.
 */
@NullMarked
package dev.cairn.transport.tls;

import org.jspecify.annotations.NullMarked;
