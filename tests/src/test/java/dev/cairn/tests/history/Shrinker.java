package dev.cairn.tests.history;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/**
 * Makes a failing history small: first by leaving steps out (Zeller's ddmin: halves, quarters, … as
 * long as something can go), then by leaving out changes within a checkpoint and steps within a
 * step. Pure.
 */
final class Shrinker {
  private final Predicate<List<Op>> fails;

  Shrinker(Predicate<List<Op>> fails) {
    this.fails = fails;
  }

  /** Returns a history that still fails, and from which no single step can be left out. */
  List<Op> shrink(List<Op> failing) {
    List<Op> ops = minimal(failing, fails);
    for (int i = ops.size() - 1; i >= 0; i--) {
      ops = simplify(ops, i);
    }
    return minimal(ops, fails);
  }

  private List<Op> simplify(List<Op> ops, int at) {
    switch (ops.get(at)) {
      case Op.Crash o when fails.test(with(ops, at, o.op())) -> {
        return simplify(with(ops, at, o.op()), at);
      }
      case Op.Fail o when fails.test(with(ops, at, o.op())) -> {
        return simplify(with(ops, at, o.op()), at);
      }
      case Op.Checkpoint o -> {
        List<Op.Change> changes =
            minimal(o.changes(), c -> fails.test(with(ops, at, changed(o, c))));
        return with(ops, at, changed(o, changes));
      }
      case Op.MergeRun o when fails.test(instead(ops, at, o.meanwhile())) -> {
        return instead(ops, at, o.meanwhile());
      }
      case Op.MergeRun o -> {
        List<Op> meanwhile =
            minimal(
                o.meanwhile(),
                m -> fails.test(with(ops, at, new Op.MergeRun(o.chain(), o.from(), o.count(), m))));
        return with(ops, at, new Op.MergeRun(o.chain(), o.from(), o.count(), meanwhile));
      }
      default -> {
        return ops;
      }
    }
  }

  private static Op changed(Op.Checkpoint o, List<Op.Change> changes) {
    return new Op.Checkpoint(o.chain(), o.form(), changes);
  }

  private static List<Op> instead(List<Op> ops, int at, List<Op> others) {
    List<Op> result = new ArrayList<>(ops.subList(0, at));
    result.addAll(others);
    result.addAll(ops.subList(at + 1, ops.size()));
    return result;
  }

  private static List<Op> with(List<Op> ops, int at, Op op) {
    List<Op> result = new ArrayList<>(ops);
    result.set(at, op);
    return result;
  }

  /** Leaves out chunks, ever smaller ones, as long as the rest still fails. */
  private static <T> List<T> minimal(List<T> failing, Predicate<List<T>> fails) {
    List<T> list = List.copyOf(failing);
    int chunk = Math.max(1, list.size() / 2);
    while (true) {
      boolean less = false;
      for (int from = Math.max(0, list.size() - chunk); from >= 0 && !list.isEmpty(); ) {
        List<T> rest = new ArrayList<>(list.subList(0, from));
        rest.addAll(list.subList(Math.min(list.size(), from + chunk), list.size()));
        if (fails.test(rest)) {
          list = rest;
          less = true;
        }
        if (from == 0) {
          break;
        }
        from = Math.max(0, from - chunk);
      }
      if (chunk > 1) {
        chunk = Math.max(1, chunk / 2);
      } else if (!less) {
        return list;
      }
    }
  }
}
