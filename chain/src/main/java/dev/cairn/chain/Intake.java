package dev.cairn.chain;

import dev.cairn.store.file.PointLayout;

/**
 * One checkpoint's pages, and what they are compared with. Immutable.
 *
 * @param snapshot with the tip that they are compared with
 * @param image where they come from
 * @param layout the image's, placed in the chain's block table
 * @param options how
 */
record Intake(
    ChainSnapshot snapshot, PageImage image, PointLayout layout, Checkpointer.Options options) {}
