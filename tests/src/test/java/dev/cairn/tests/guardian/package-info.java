/** The guest runs on whatever becomes of its capture: processes killed and stopped, real QEMUs. */
@NullMarked
package dev.cairn.tests.guardian;

import org.jspecify.annotations.NullMarked;
