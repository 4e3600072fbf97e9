package dev.cairn.tests.history;

import dev.cairn.chain.retention.RetentionRules;
import dev.cairn.store.file.FrameCodec;
import dev.cairn.tests.history.Model.ModelChain;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;

/** Draws the next step of a history, mostly one that makes sense. Not thread-safe. */
public final class OpGenerator {
  private static final List<String> BLOCKS = List.of("pc.ram", "vga", "rom");
  private static final List<String> LABELS = List.of("", "", "", "daily", "vor dem Umzug");
  private static final List<Long> LENGTHS = List.of(8L, 40L, 4090L, 4100L, 4120L);
  private static final int MOST_CHAINS = 4;
  private static final int MOST_POINTS = 16;
  private static final int MOST_CALL = 24;

  private final Random random;

  public OpGenerator(Random random) {
    this.random = random;
  }

  /** Returns a step for a store that should be as the model says. */
  public Op next(Model model) {
    List<String> names = List.copyOf(model.names());
    String chain = names.get(random.nextInt(names.size()));
    ModelChain state = model.chain(chain);
    if (state.points.isEmpty()) {
      return checkpoint(chain, state);
    }
    if (state.points.size() > MOST_POINTS) {
      return random.nextBoolean() ? forget(chain, state) : retain(chain);
    }
    int dice = random.nextInt(1000);
    if (dice < 30) {
      return random.nextBoolean()
          ? new Op.Crash(change(chain, state, model), 1 + random.nextInt(MOST_CALL))
          : new Op.Fail(change(chain, state, model), 1 + random.nextInt(MOST_CALL));
    }
    if (dice < 80) {
      return mergeRun(chain, state, model);
    }
    if (dice < 90) {
      return new Op.Rot(chain, random.nextInt(64), random.nextLong(1L << 40));
    }
    if (dice < 690) {
      return new Op.Restore(chain, point(state), random.nextInt(100) == 0);
    }
    if (dice < 700) {
      return new Op.Verify(chain);
    }
    if (dice < 730) {
      return new Op.Reopen(chain);
    }
    return change(chain, state, model);
  }

  /** A step that changes a chain and has no others inside. */
  private Op change(String chain, ModelChain state, Model model) {
    int dice = random.nextInt(100);
    if (dice < 22) {
      return checkpoint(chain, state);
    }
    if (dice < 26) {
      return forget(chain, state);
    }
    if (dice < 34) {
      return retain(chain);
    }
    if (dice < 51) {
      return new Op.Pin(chain, point(state), random.nextInt(3) == 0);
    }
    if (dice < 63) {
      return new Op.Label(chain, point(state), LABELS.get(random.nextInt(LABELS.size())));
    }
    if (dice < 72) {
      return new Op.Hold(chain, point(state), "t" + random.nextInt(3));
    }
    if (dice < 81) {
      return new Op.Release(chain, "t" + random.nextInt(3));
    }
    if (dice < 84 && model.names().size() < MOST_CHAINS) {
      return new Op.Fork(chain, point(state), "f" + random.nextInt(MOST_CHAINS));
    }
    return maintenance(chain);
  }

  private Op maintenance(String chain) {
    return switch (random.nextInt(8)) {
      case 0 -> new Op.Compact(chain);
      case 1 -> new Op.Pack(chain);
      case 2 -> new Op.MoveBase(chain);
      case 3 -> new Op.Sweep(chain);
      case 4, 5, 6, 7 -> new Op.Merge(chain);
      default -> throw new AssertionError();
    };
  }

  private Op mergeRun(String chain, ModelChain state, Model model) {
    List<Op> meanwhile = new ArrayList<>();
    for (int i = random.nextInt(6) - 3; i > 0; i--) {
      Op op = change(chain, state, model);
      boolean takesMergeLock =
          op instanceof Op.Merge
              || op instanceof Op.Compact
              || op instanceof Op.Pack
              || op instanceof Op.MoveBase;
      if (!takesMergeLock) {
        meanwhile.add(op);
      }
    }
    return new Op.MergeRun(chain, random.nextInt(8), 1 + random.nextInt(5), meanwhile);
  }

  /** Mostly a point that is there; else one that was forgotten or never was. */
  private long point(ModelChain state) {
    if (random.nextInt(6) == 0) {
      return random.nextLong(state.next + 2);
    }
    List<Long> points = List.copyOf(state.points.keySet());
    return points.get(random.nextInt(points.size()));
  }

  private Op forget(String chain, ModelChain state) {
    long from = random.nextLong(state.next + 1);
    return new Op.Forget(chain, from, from + random.nextInt(4));
  }

  private Op retain(String chain) {
    RetentionRules.Buckets buckets =
        new RetentionRules.Buckets(random.nextInt(6), random.nextInt(3), 0, 0);
    Set<String> labels = random.nextBoolean() ? Set.of() : Set.of("daily");
    return new Op.Retain(chain, new RetentionRules(1 + random.nextInt(6), buckets, labels));
  }

  private Op checkpoint(String chain, ModelChain state) {
    Machine machine = state.machine();
    List<Op.Change> changes = new ArrayList<>();
    boolean first = machine.blocks().isEmpty();
    for (String block : BLOCKS) {
      if (first || random.nextInt(15) == 0) {
        long length = LENGTHS.get(random.nextInt(LENGTHS.size()));
        boolean small = !block.equals("pc.ram");
        boolean gone = small && random.nextInt(3) == 0;
        changes.add(new Op.Length(block, gone ? 0 : small ? length % 64 + 1 : length));
      }
    }
    for (int i = random.nextInt(first ? 80 : 24); i > 0; i--) {
      changes.add(fill());
    }
    for (String section : List.of("devices", "vmdesc", "machine")) {
      if (first || random.nextInt(4) == 0) {
        changes.add(new Op.Device(section, random.nextLong(1 << 20)));
      }
    }
    boolean delta = !first && random.nextInt(10) < 7;
    FrameCodec[] codecs = FrameCodec.values();
    String label = random.nextInt(5) == 0 ? LABELS.get(random.nextInt(LABELS.size())) : "";
    return new Op.Checkpoint(
        chain, new Op.Form(delta, codecs[random.nextInt(codecs.length)], label), changes);
  }

  private Op.Change fill() {
    String block = BLOCKS.get(Math.max(0, random.nextInt(5) - 2));
    boolean low = random.nextBoolean();
    long page = low ? random.nextInt(44) : 4080 + random.nextInt(44);
    long value = random.nextInt(4) == 0 ? 0 : 1 + random.nextInt(1 << 16);
    return new Op.Fill(block, page, value);
  }
}
