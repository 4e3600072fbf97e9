/** RDMA in a guest that has it in software. */
@NullMarked
package dev.cairn.tests.rdma;

import org.jspecify.annotations.NullMarked;
