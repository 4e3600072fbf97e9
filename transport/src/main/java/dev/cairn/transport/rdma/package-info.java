/** A stream of bytes over RDMA (PROTOCOL.md, RDMA): bulk is read by who receives it. */
@NullMarked
package dev.cairn.transport.rdma;

import org.jspecify.annotations.NullMarked;
