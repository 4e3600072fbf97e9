/** Tests of rdma, without a device and in the lab. */
@NullMarked
package dev.cairn.transport.rdma;

import org.jspecify.annotations.NullMarked;
