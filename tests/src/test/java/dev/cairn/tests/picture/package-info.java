/** What people see of a chain: its heat map and its report. */
@org.jspecify.annotations.NullMarked
package dev.cairn.tests.picture;
