/**
 * RDMA verbs by native calls to rdma-core, behind the API of DiSNI: a provider that needs nothing
 * but librdmacm.so.1 and libibverbs.so.1.
 */
@NullMarked
package dev.cairn.transport.verbs;

import org.jspecify.annotations.NullMarked;
