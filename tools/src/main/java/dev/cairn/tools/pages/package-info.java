/** What is made of the model of the command line: manual pages, and completion for two shells. */
@NullMarked
package dev.cairn.tools.pages;

import org.jspecify.annotations.NullMarked;
