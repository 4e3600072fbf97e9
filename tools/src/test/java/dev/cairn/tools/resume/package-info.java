@org.jspecify.annotations.NullMarked
package dev.cairn.tools.resume;
