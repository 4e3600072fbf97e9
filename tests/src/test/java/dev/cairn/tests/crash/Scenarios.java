package dev.cairn.tests.crash;

import dev.cairn.store.file.FrameCodec;
import dev.cairn.tests.history.History;
import dev.cairn.tests.history.Op;
import dev.cairn.tests.history.OpGenerator;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** What a store does to its disk: each kind of commit alone, and those that meet each other. */
final class Scenarios {
  private static final String VM = History.FIRST;
  private static final String RAM = "pc.ram";
  private static final int STEPS_BEFORE = 8;
  private static final int STEPS_UNDER = 8;

  private Scenarios() {}

  private static Op.Change fill(long page, long value) {
    return new Op.Fill(RAM, page, value);
  }

  private static Op delta(Op.Change... changes) {
    return new Op.Checkpoint(VM, new Op.Form(true, FrameCodec.ZSTD, ""), List.of(changes));
  }

  private static Op whole(Op.Change... changes) {
    return new Op.Checkpoint(VM, new Op.Form(false, FrameCodec.PLAIN, ""), List.of(changes));
  }

  /** Five points: pages that change often and once, zeros, device state, a label, two blocks. */
  private static final List<Op> FIVE =
      List.of(
          whole(
              new Op.Length(RAM, 60),
              new Op.Length("vga", 4),
              fill(3, 1),
              fill(20, 1),
              new Op.Fill("vga", 1, 8)),
          delta(fill(3, 2), fill(40, 5), new Op.Device("devices", 4)),
          delta(fill(3, 3), fill(41, 6), new Op.Device("devices", 5)),
          delta(fill(3, 0), fill(4, 7), fill(20, 9)),
          delta(fill(4, 8), new Op.Length("vga", 6)),
          new Op.Label(VM, 1, "kept"));

  private static List<Op> five(Op... more) {
    List<Op> ops = new ArrayList<>(FIVE);
    ops.addAll(List.of(more));
    return List.copyOf(ops);
  }

  /** The next checkpoint, with something of everything. */
  static Op next() {
    return delta(fill(5, 9), fill(3, 4), new Op.Device("devices", 6), new Op.Length("vga", 3));
  }

  private static final Op MERGE_TWO = new Op.MergeRun(VM, 0, 2, List.of());

  static List<Scenario> all() {
    return List.of(
        new Scenario("first checkpoint", List.of(), FIVE.getFirst()),
        new Scenario("checkpoint", FIVE, next()),
        new Scenario("checkpoint of a whole image", FIVE, whole(many())),
        new Scenario("append during merge", FIVE, mergeWith(next())),
        new Scenario("merge", FIVE, new Op.Merge(VM)),
        new Scenario("merge of two layers into one", FIVE, MERGE_TWO),
        new Scenario("merge after forget", five(new Op.Forget(VM, 1, 2)), new Op.Compact(VM)),
        new Scenario("pack", five(new Op.Compact(VM)), new Op.Pack(VM)),
        new Scenario(
            "two layers replaced in one commit",
            five(MERGE_TWO, next(), new Op.MergeRun(VM, 1, 2, List.of())),
            new Op.Pack(VM)),
        new Scenario(
            "move of the base", five(new Op.Forget(VM, 0, 2), MERGE_TWO), new Op.MoveBase(VM)),
        new Scenario("forget", FIVE, new Op.Forget(VM, 0, 3)),
        new Scenario("pin, then forget", FIVE, new Op.Pin(VM, 2, true), new Op.Forget(VM, 1, 3)),
        new Scenario("label", FIVE, new Op.Label(VM, 3, "new"), new Op.Label(VM, 1, "")),
        new Scenario(
            "hold, then forget and merge",
            FIVE,
            new Op.Hold(VM, 1, "server"),
            new Op.Forget(VM, 0, 3),
            new Op.Compact(VM)),
        new Scenario(
            "expire",
            five(
                new Op.Hold(VM, 1, "server"),
                new Op.Compact(VM),
                new Op.Pack(VM),
                new Op.Forget(VM, 0, 3)),
            new Op.Release(VM, "server"),
            next()),
        new Scenario("fork", FIVE, new Op.Fork(VM, 2, "other")),
        new Scenario(
            "fork inside a layer",
            five(new Op.MergeRun(VM, 0, 4, List.of())),
            new Op.Fork(VM, 2, "other")),
        new Scenario("fork during merge", FIVE, mergeWith(new Op.Fork(VM, 2, "other"))),
        new Scenario(
            "pin and forget during merge",
            FIVE,
            mergeWith(new Op.Pin(VM, 2, true), new Op.Forget(VM, 1, 3)),
            new Op.Compact(VM)),
        new Scenario(
            "pin of a forgotten point during merge",
            five(new Op.Forget(VM, 1, 3)),
            mergeWith(new Op.Pin(VM, 2, true)),
            new Op.Compact(VM)),
        new Scenario("repair", FIVE, List.of(), true));
  }

  /** So many pages that a torn write can leave many things. */
  private static Op.Change[] many() {
    List<Op.Change> changes = new ArrayList<>();
    for (int page = 0; page < 60; page++) {
      changes.add(fill(page, page % 7));
    }
    return changes.toArray(new Op.Change[0]);
  }

  /** Draws a scenario of several steps, mostly such as make sense. */
  static Scenario random(long seed) throws IOException {
    History history = History.of(1);
    OpGenerator generator = new OpGenerator(new Random(seed));
    List<Op> before = draw(history, generator, STEPS_BEFORE);
    List<Op> under = draw(history, generator, STEPS_UNDER);
    return new Scenario("random history, seed " + seed, before, under, false);
  }

  private static List<Op> draw(History history, OpGenerator generator, int count)
      throws IOException {
    List<Op> ops = new ArrayList<>();
    while (ops.size() < count) {
      Op op = generator.next(history.model());
      boolean changes =
          switch (op) {
            case Op.Crash _, Op.Fail _, Op.Rot _, Op.Restore _, Op.Verify _, Op.Reopen _ -> false;
            default -> true;
          };
      if (changes) {
        history.apply(op);
        ops.add(op);
      }
    }
    return List.copyOf(ops);
  }

  private static Op mergeWith(Op... meanwhile) {
    return new Op.MergeRun(VM, 0, 3, List.of(meanwhile));
  }

  /** Returns the scenario of a name. */
  static Scenario named(String name) {
    return all().stream()
        .filter(scenario -> scenario.name().equals(name))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException(name));
  }
}
