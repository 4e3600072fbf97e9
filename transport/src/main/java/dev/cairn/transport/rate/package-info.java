/** How fast bytes may go. Knows neither links nor chains. */
@NullMarked
package dev.cairn.transport.rate;

import org.jspecify.annotations.NullMarked;
