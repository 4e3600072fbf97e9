package dev.cairn.chain;

import dev.cairn.store.file.LayerWriter;
import dev.cairn.store.file.PointLayout;

/**
 * One checkpoint's pages on their way into a layer.
 *
 * @param snapshot with the tip that they are compared with
 * @param image where they come from
 * @param layout the image's, placed in the chain's block table
 * @param writer where they go
 * @param options how
 */
record Intake(
    ChainSnapshot snapshot,
    PageImage image,
    PointLayout layout,
    LayerWriter writer,
    Checkpointer.Options options) {}
