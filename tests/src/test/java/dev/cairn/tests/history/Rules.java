package dev.cairn.tests.history;

import dev.cairn.tests.history.Model.ModelChain;
import java.time.Instant;
import java.util.List;

/** What each step of a history does to the model. Pure. */
final class Rules {
  /** How a step ends. */
  enum Outcome {
    DONE,
    NO_SUCH,
    BUSY,
    BAD_INPUT,
    /** It makes no sense here, as when a step that it needs was left out: nobody tries it. */
    SKIPPED
  }

  private Rules() {}

  /** Applies a step that stands alone: not one with others inside, and no reading. */
  static Outcome apply(Op op, Model model, Instant now) {
    return switch (op) {
      case Op.Checkpoint o -> checkpoint(o, model, now);
      case Op.Forget o -> {
        if (!model.has(o.chain())) {
          yield Outcome.SKIPPED;
        }
        for (long n : List.copyOf(model.chain(o.chain()).points.keySet())) {
          if (o.from() <= n && n <= o.to()) {
            model.chain(o.chain()).forget(n);
          }
        }
        yield Outcome.DONE;
      }
      case Op.Retain o -> {
        if (!model.has(o.chain())) {
          yield Outcome.SKIPPED;
        }
        model.chain(o.chain()).retain(o.rules());
        yield Outcome.DONE;
      }
      case Op.Pin o -> {
        Outcome outcome = retained(model, o.chain(), o.point());
        if (outcome == Outcome.DONE && o.pinned()) {
          model.chain(o.chain()).pins.add(o.point());
        } else if (outcome == Outcome.DONE) {
          model.chain(o.chain()).pins.remove(o.point());
        }
        yield outcome;
      }
      case Op.Label o -> {
        Outcome outcome = retained(model, o.chain(), o.point());
        if (outcome == Outcome.DONE) {
          model.chain(o.chain()).label(o.point(), o.label());
        }
        yield outcome;
      }
      case Op.Hold o -> hold(o, model);
      case Op.Release o -> {
        if (!model.has(o.chain())) {
          yield Outcome.SKIPPED;
        }
        Long held = model.chain(o.chain()).holds.remove(o.token());
        yield held == null ? Outcome.NO_SUCH : Outcome.DONE;
      }
      case Op.Fork o -> fork(o, model);
      case Op.Merge o -> there(model, o.chain());
      case Op.Compact o -> there(model, o.chain());
      case Op.Pack o -> there(model, o.chain());
      case Op.MoveBase o -> there(model, o.chain());
      case Op.Sweep o -> there(model, o.chain());
      case Op.Verify o -> there(model, o.chain());
      case Op.Restore o -> retained(model, o.chain(), o.point());
      case Op.Reopen _ -> Outcome.DONE;
      case Op.MergeRun _, Op.Crash _, Op.Fail _, Op.Rot _ ->
          throw new IllegalArgumentException("" + op);
    };
  }

  private static Outcome there(Model model, String chain) {
    return model.has(chain) ? Outcome.DONE : Outcome.SKIPPED;
  }

  private static Outcome retained(Model model, String chain, long point) {
    if (!model.has(chain)) {
      return Outcome.SKIPPED;
    }
    return model.chain(chain).points.containsKey(point) ? Outcome.DONE : Outcome.NO_SUCH;
  }

  private static Outcome checkpoint(Op.Checkpoint o, Model model, Instant now) {
    if (!model.has(o.chain())) {
      return Outcome.SKIPPED;
    }
    ModelChain chain = model.chain(o.chain());
    Machine machine = chain.machine().after(o.changes());
    if (machine.blocks().isEmpty()) {
      return Outcome.SKIPPED;
    }
    if (chain.points.isEmpty() && o.form().delta()) {
      return Outcome.BAD_INPUT;
    }
    chain.append(machine, o.form().label(), now);
    return Outcome.DONE;
  }

  private static Outcome hold(Op.Hold o, Model model) {
    Outcome outcome = retained(model, o.chain(), o.point());
    if (outcome != Outcome.DONE) {
      return outcome;
    }
    Long other = model.chain(o.chain()).holds.putIfAbsent(o.token(), o.point());
    return other == null ? Outcome.DONE : Outcome.BUSY;
  }

  private static Outcome fork(Op.Fork o, Model model) {
    if (!model.has(o.chain())) {
      return Outcome.SKIPPED;
    }
    if (model.has(o.name())) {
      return Outcome.BUSY;
    }
    Outcome outcome = retained(model, o.chain(), o.point());
    if (outcome == Outcome.DONE) {
      model.put(o.name(), model.chain(o.chain()).fork(o.point()));
    }
    return outcome;
  }
}
