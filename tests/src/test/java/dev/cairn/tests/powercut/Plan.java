package dev.cairn.tests.powercut;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;

/** What the workload does, and what must be there after each step: a function of the seed. */
final class Plan {
  static final String CHAIN = "vm";

  private static final int ROUNDS = 3;

  /** So many checkpoints are made in one round, beside those that are made during a merge. */
  private static final int CHECKPOINTS = 8;

  private enum Kind {
    CHECKPOINT,
    LABEL,
    FORGET,
    FORK,
    MERGE,
    MERGE_MEANWHILE,
    COMPACT,
    PACK,
    MOVE_BASE
  }

  private final Random random;
  private final List<Step> steps = new ArrayList<>();
  private final List<Expected> models = new ArrayList<>();
  private final Expected now = new Expected();
  private int forks;

  Plan(long seed) {
    this.random = new Random(seed);
    add(new Step.Create(CHAIN));
    add(new Step.Checkpoint(CHAIN));
    for (int round = 0; round < ROUNDS; round++) {
      round();
    }
  }

  /** Returns the steps; a checkpoint stores the image of its own index. */
  List<Step> steps() {
    return List.copyOf(steps);
  }

  /** Returns what is there after a step. */
  Expected after(int step) {
    return models.get(step);
  }

  /** Says what is done after a step. */
  String next(int step) {
    return step + 1 < steps.size() ? steps.get(step + 1).toString() : "the end";
  }

  private void add(Step step) {
    now.apply(step, steps.size());
    steps.add(step);
    models.add(now.copy());
  }

  /** Every kind at least once, in any order. */
  private void round() {
    List<Kind> kinds = new ArrayList<>(List.of(Kind.values()));
    kinds.addAll(Collections.nCopies(CHECKPOINTS - 1, Kind.CHECKPOINT));
    kinds.addAll(List.of(Kind.FORGET, Kind.MERGE, Kind.MERGE_MEANWHILE));
    Collections.shuffle(kinds, random);
    kinds.forEach(this::add);
  }

  private void add(Kind kind) {
    List<String> names = List.copyOf(now.chains().keySet());
    String chain = random.nextInt(3) > 0 ? CHAIN : names.get(random.nextInt(names.size()));
    switch (kind) {
      case CHECKPOINT -> add(new Step.Checkpoint(chain));
      case LABEL -> add(new Step.Label(chain, somePoint(chain), "label-" + steps.size()));
      case FORGET -> {
        long from = somePoint(chain);
        add(new Step.Forget(chain, from, from + random.nextInt(4)));
      }
      case FORK -> {
        forks++;
        add(new Step.Fork(chain, somePoint(chain), "fork-" + forks));
      }
      case MERGE -> add(new Step.Merge(chain));
      case MERGE_MEANWHILE -> {
        add(new Step.BeginMerge(chain));
        for (int i = random.nextInt(3); i >= 0; i--) {
          add(new Step.Checkpoint(chain));
        }
        add(new Step.EndMerge(chain));
      }
      case COMPACT -> add(new Step.Compact(chain));
      case PACK -> add(new Step.Pack(chain));
      case MOVE_BASE -> add(new Step.MoveBase(chain));
    }
  }

  private long somePoint(String chain) {
    List<Long> points = List.copyOf(now.points(chain).keySet());
    return points.get(random.nextInt(points.size()));
  }
}
