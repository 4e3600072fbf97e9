package dev.cairn.tests.history;

import dev.cairn.chain.Chain;
import dev.cairn.chain.ChainSnapshot;
import dev.cairn.chain.Checkpointer;
import dev.cairn.chain.Edit;
import dev.cairn.chain.Environment;
import dev.cairn.chain.Finding;
import dev.cairn.chain.Progress;
import dev.cairn.chain.Store;
import dev.cairn.chain.Verifier;
import dev.cairn.chain.manifest.FileEntry;
import dev.cairn.chain.manifest.PointSet;
import dev.cairn.chain.retention.RetentionPoint;
import dev.cairn.chain.retention.RetentionPolicy;
import dev.cairn.store.io.HookedDirectory;
import dev.cairn.store.io.MemoryDirectory;
import dev.cairn.store.io.StoreDirectory;
import dev.cairn.store.io.StoreInput;
import dev.cairn.store.io.StoreOutput;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.UnaryOperator;

/** The store under test, in memory: its process can be killed at any call. Not thread-safe. */
public final class RealStore {
  private final MemoryDirectory disk;
  private final UnaryOperator<StoreDirectory> seen;
  private final TestClock clock = new TestClock();
  private final Environment environment;
  private final Map<String, Chain> open = new HashMap<>();
  private MemoryDirectory process;
  private Store store;
  private int processes;

  // Guarded by this: a restore calls from several threads.
  private int callsToFault;
  private boolean kills;
  private boolean struck;

  /** Makes a store on a new disk. */
  RealStore(long seed) throws IOException {
    this(seed, process -> process);
  }

  /**
   * Makes a store on a new disk.
   *
   * @param seen stands between the store and a process's directory
   */
  public RealStore(long seed, UnaryOperator<StoreDirectory> seen) throws IOException {
    this.disk = MemoryDirectory.create();
    this.seen = seen;
    this.environment = new Environment(clock, new Random(seed), Duration.ofMillis(200));
    this.process = disk.asProcess("first");
    this.store = Store.create(new HookedDirectory(seen.apply(process), this::before), environment);
  }

  /** Opens the store that a disk has. */
  public RealStore(MemoryDirectory disk, long seed) throws IOException {
    this.disk = disk;
    this.seen = process -> process;
    this.environment = new Environment(clock, new Random(seed), Duration.ofMillis(200));
    this.process = disk.asProcess("first");
    this.store = Store.open(new HookedDirectory(process, this::before), environment);
  }

  private synchronized void before(HookedDirectory.Call call, String name) throws IOException {
    if (call.isMutating() && callsToFault > 0 && --callsToFault == 0) {
      struck = true;
      if (kills) {
        process.killProcess();
      } else {
        throw new IOException(call + " " + name + ": injected failure");
      }
    }
  }

  /** From now on, the n-th changing call finds its process killed, or fails. */
  synchronized void arm(int call, boolean kill) {
    callsToFault = call;
    kills = kill;
    struck = false;
  }

  /** Takes the fault away; tells whether it struck. */
  synchronized boolean disarm() {
    callsToFault = 0;
    return struck;
  }

  /** Tells whether the last fault struck. */
  synchronized boolean hasStruck() {
    return struck;
  }

  /** Ends the process by force; a new one opens the store. */
  void restart() throws IOException {
    process.killProcess();
    open.clear();
    process = disk.asProcess("process " + ++processes);
    store = Store.open(new HookedDirectory(seen.apply(process), this::before), environment);
  }

  /** Returns the file system, to set its size. */
  MemoryDirectory disk() {
    return disk;
  }

  TestClock clock() {
    return clock;
  }

  public List<String> chainNames() throws IOException {
    return store.chainNames();
  }

  void create(String name) throws IOException {
    open.put(name, store.create(name, Machine.PAGE));
  }

  public Chain chain(String name) throws IOException {
    Chain chain = open.get(name);
    if (chain == null) {
      chain = store.open(name);
      open.put(name, chain);
    }
    return chain;
  }

  /** Closes all chains; they are opened anew when they are needed. */
  void reopen() throws IOException {
    for (Chain chain : open.values()) {
      chain.close();
    }
    open.clear();
  }

  /** Returns what {@code list} says. */
  List<RetentionPoint> list(String chain) throws IOException {
    try (ChainSnapshot snapshot = chain(chain).snapshot()) {
      return list(snapshot);
    }
  }

  private static List<RetentionPoint> list(ChainSnapshot snapshot) throws IOException {
    List<RetentionPoint> list = new ArrayList<>();
    for (ChainSnapshot.RestorePoint p : snapshot.restorePoints()) {
      list.add(
          new RetentionPoint(p.checkpoint(), p.point().time(), p.label(), p.pinned(), p.held()));
    }
    return list;
  }

  /** Does a step that stands alone; a checkpoint is given the machine to store. */
  void perform(Op op, Machine machine) throws IOException {
    switch (op) {
      case Op.Checkpoint o -> {
        Op.Form form = o.form();
        new Checkpointer(chain(o.chain()))
            .checkpoint(
                new MachineImage(machine, form.delta(), o.changes()),
                new Checkpointer.Options(form.label(), form.delta(), form.codec(), 1),
                Progress.NONE);
      }
      case Op.Forget o -> commit(o.chain(), forget(o));
      case Op.Retain o -> commit(o.chain(), retain(o));
      case Op.Pin o -> commit(o.chain(), new Edit.Pin(o.point(), o.pinned()));
      case Op.Label o -> commit(o.chain(), new Edit.Label(o.point(), o.label()));
      case Op.Hold o -> commit(o.chain(), new Edit.TakeHold(o.token(), o.point(), "a history"));
      case Op.Release o -> commit(o.chain(), new Edit.ReleaseHold(o.token()));
      case Op.Fork o -> store.fork(chain(o.chain()), o.point(), o.name());
      case Op.Merge o -> Maintenance.merge(chain(o.chain()));
      case Op.Compact o -> Maintenance.compact(chain(o.chain()));
      case Op.Pack o -> Maintenance.pack(chain(o.chain()));
      case Op.MoveBase o -> Maintenance.moveBase(chain(o.chain()));
      case Op.Sweep o -> chain(o.chain()).sweep();
      case Op.Verify o -> verify(o.chain());
      case Op.Reopen _ -> reopen();
      case Op.Restore _, Op.MergeRun _, Op.Crash _, Op.Fail _, Op.Rot _ ->
          throw new IllegalArgumentException("" + op);
    }
  }

  private static Edit forget(Op.Forget o) {
    return new Edit.Forget(PointSet.of(List.of(new PointSet.Range(o.from(), o.to()))));
  }

  private static Edit retain(Op.Retain o) {
    return new Edit.Retain(new RetentionPolicy(o.rules(), ZoneOffset.UTC));
  }

  private void commit(String chain, Edit edit) throws IOException {
    chain(chain).commit(List.of(edit), List.of());
  }

  /** Fails if anything is found. */
  void verify(String chain) throws IOException {
    List<Finding> findings = new ArrayList<>();
    new Verifier(chain(chain), findings::add, 1, new Random(1)).run();
    if (!findings.isEmpty()) {
      throw new AssertionError("verify " + chain + ": " + findings);
    }
  }

  /** A published file and its bytes. */
  public record Saved(String file, MemorySegment bytes) {}

  /** Flips a bit of a file of the chain's manifest, behind everybody's back; restarts. */
  public Saved rot(String chain, int file, long where) throws IOException {
    List<FileEntry> files = chain(chain).manifest().files();
    String name = files.get(file % files.size()).name().text();
    MemorySegment bytes;
    try (StoreDirectory directory = directory(chain);
        StoreInput in = directory.open(name)) {
      bytes = MemorySegment.ofArray(new byte[Math.toIntExact(in.length())]);
      in.read(0, bytes);
    }
    MemorySegment rotten = MemorySegment.ofArray(bytes.toArray(ValueLayout.JAVA_BYTE));
    long at = where / 8 % bytes.byteSize();
    rotten.set(
        ValueLayout.JAVA_BYTE, at, (byte) (rotten.get(ValueLayout.JAVA_BYTE, at) ^ 1 << where % 8));
    put(chain, new Saved(name, rotten));
    return new Saved(name, bytes);
  }

  /** Puts bytes in the place of a file; other chains that share it keep theirs. Restarts. */
  void put(String chain, Saved saved) throws IOException {
    try (StoreDirectory directory = directory(chain)) {
      directory.delete(saved.file());
      try (StoreOutput out = directory.create(saved.file())) {
        out.write(0, saved.bytes());
        out.sync();
      }
      directory.sync();
    }
    restart();
  }

  /** Returns the store's directory, as somebody else opens it. */
  public StoreDirectory root() {
    return disk.asProcess("looks");
  }

  private StoreDirectory directory(String chain) throws IOException {
    return seen.apply(disk.asProcess("rot")).openDirectory("chains").openDirectory(chain);
  }
}
