package dev.cairn.tests.faults;

import dev.cairn.chain.Chain;
import dev.cairn.chain.ChainSnapshot;
import dev.cairn.chain.Store;
import dev.cairn.store.io.ForwardingDirectory;
import dev.cairn.store.io.StoreDirectory;
import dev.cairn.tests.damage.Picture;
import dev.cairn.tests.damage.SmallStore;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;

/** In which states a scenario leaves the stores when nothing fails, one after another. */
final class States {
  /** What both stores' chains say of their points, by store and name. */
  record State(TreeMap<String, List<SmallStore.Mark>> marks) {
    List<SmallStore.Mark> of(String chain) {
      return Objects.requireNonNull(marks.get(chain), chain);
    }
  }

  private static final Picture WHOLE = whole();

  private final List<State> states = new ArrayList<>();

  /** How many states there were when so many steps were acknowledged. */
  private final List<Integer> ends = new ArrayList<>();

  private static Picture whole() {
    try {
      return Scenario.KNOWN.picture();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  /** Runs a scenario. */
  static States of(Scenario scenario) throws IOException {
    States states = new States();
    Scene scene = begin(scenario);
    states.note(scene);
    states.ends.add(states.states.size());
    scene.restart(directory -> new Watched(directory, () -> states.note(scene)));
    for (Scenario.Step step : scenario.steps()) {
      step.run(scene);
      states.note(scene);
      states.ends.add(states.states.size());
    }
    return states;
  }

  /** Returns what a scenario begins with. */
  static Scene begin(Scenario scenario) throws IOException {
    Picture store = scenario.harmed() ? Scenario.KNOWN.harmed() : WHOLE;
    return new Scene(store, Scenario.KNOWN.older());
  }

  /** Returns the states that may be there when so many steps were acknowledged, and no more. */
  List<State> allowed(int acknowledged) {
    int from = ends.get(acknowledged) - 1;
    int to = ends.get(Math.min(acknowledged + 1, ends.size() - 1));
    return states.subList(from, to);
  }

  /** Returns every point that a chain ever had. */
  Set<SmallStore.Mark> ever(String chain) {
    Set<SmallStore.Mark> ever = new HashSet<>();
    states.forEach(state -> ever.addAll(state.of(chain)));
    return ever;
  }

  State last() {
    return states.getLast();
  }

  private void note(Scene scene) throws IOException {
    State state = now(scene);
    if (states.isEmpty() || !states.getLast().equals(state)) {
      states.add(state);
    }
  }

  /** Reads the state as a new process would. */
  static State now(Scene scene) throws IOException {
    TreeMap<String, List<SmallStore.Mark>> marks = new TreeMap<>();
    for (String which : List.of(Scene.STORE, Scene.OTHER)) {
      try (Store store = Store.open(scene.watch(which), SmallStore.environment(2))) {
        for (String name : store.chainNames()) {
          try (Chain chain = store.open(name);
              ChainSnapshot snapshot = chain.snapshot()) {
            marks.put(which + "/" + name, SmallStore.marks(snapshot));
          }
        }
      }
    }
    return new State(marks);
  }

  /** What is told of each new manifest. */
  private interface Listener {
    void published() throws IOException;
  }

  private static final class Watched extends ForwardingDirectory {
    private final Listener listener;

    Watched(StoreDirectory target, Listener listener) {
      super(target);
      this.listener = listener;
    }

    @Override
    protected StoreDirectory inside(StoreDirectory opened, String name) {
      return new Watched(opened, listener);
    }

    @Override
    public void rename(String from, String to) throws IOException {
      super.rename(from, to);
      if (to.equals("MANIFEST")) {
        listener.published();
      }
    }

    @Override
    public void renameDirectory(String from, String to) throws IOException {
      super.renameDirectory(from, to);
      listener.published();
    }
  }
}
