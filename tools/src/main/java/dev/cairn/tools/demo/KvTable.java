package dev.cairn.tools.demo;

import dev.cairn.tools.linux.AnonymousMemory;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Owns the layout of the guest's memory: accounts in an open-addressing hash table, with an
 * invariant that a torn, mixed or stale image breaks. Everything that it knows lies in that memory.
 * Not thread-safe.
 *
 * <pre>
 * page 0      header: magic, slots, accounts, sum, sequence, changes, digest, random state
 * page 1..    64 slots of 64 bytes each: key (0: empty), balance, sequence of the last change,
 *             changes, key of the other account, amount, chain of all former checks, check
 * </pre>
 *
 * <p>The check of a slot covers its number and its other seven fields. The header's digest is the
 * XOR of all checks, its sequence the number of the last operation, its sum that of all balances.
 * So a page that is older or newer than another one shows.
 */
public final class KvTable {
  static final int SLOT_BYTES = 64;
  static final int SLOTS_PER_PAGE = AnonymousMemory.PAGE_BYTES / SLOT_BYTES;

  /** Neighbouring keys share a page, so that what is hot lies together. */
  static final int KEYS_PER_PAGE = 48;

  static final long FIRST_BALANCE = 1_000;
  static final long MAGIC = 0x3156_4b4e_5249_4143L;

  static final long AT_MAGIC = 0;
  static final long AT_SLOTS = 8;
  static final long AT_ACCOUNTS = 16;
  static final long AT_SUM = 24;
  static final long AT_SEQUENCE = 32;
  static final long AT_CHANGES = 40;
  static final long AT_DIGEST = 48;
  static final long AT_RANDOM = 56;

  static final long KEY = 0;
  static final long BALANCE = 8;
  static final long SEQUENCE = 16;
  static final long CHANGES = 24;
  static final long OTHER = 32;
  static final long AMOUNT = 40;
  static final long HISTORY = 48;
  static final long CHECK = 56;

  private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;
  private static final long GOLDEN = 0x9E37_79B9_7F4A_7C15L;

  private final MemorySegment memory;

  /**
   * Takes memory for a table that is there, or that {@link #create} is to make.
   *
   * @param memory whole pages, at least 16; borrowed for the life of the table
   */
  public KvTable(MemorySegment memory) {
    if (memory.byteSize() < 16L * AnonymousMemory.PAGE_BYTES) {
      throw new IllegalArgumentException(memory.byteSize() + " bytes are too few for a table");
    }
    this.memory = memory;
  }

  /**
   * Fills zero memory with accounts 1, 2, ….
   *
   * @param accounts at most {@link #mostAccounts}
   */
  public void create(long accounts, long seed) {
    setHeader(AT_MAGIC, MAGIC);
    setHeader(AT_SLOTS, slotsFit());
    setHeader(AT_RANDOM, seed);
    for (long key = 1; key <= accounts; key++) {
      insert(FIRST_BALANCE);
    }
  }

  /** Returns for how many accounts there is room. */
  public long mostAccounts() {
    return slotsFit() / SLOTS_PER_PAGE * KEYS_PER_PAGE;
  }

  /** Opens the next account. */
  void insert(long balance) {
    long key = header(AT_ACCOUNTS) + 1;
    if (key > mostAccounts()) {
      throw new IllegalStateException("the table is full");
    }
    long at = find(key);
    setHeader(AT_ACCOUNTS, key);
    setHeader(AT_SUM, header(AT_SUM) + balance);
    memory.set(LONG, at + KEY, key);
    change(at, balance, 0, nextSequence());
  }

  /** Moves an amount from one account to another; the sum stays. */
  void transfer(long from, long to, long amount) {
    if (from == to) {
      return;
    }
    long sequence = nextSequence();
    change(present(from), -amount, to, sequence);
    change(present(to), amount, from, sequence);
  }

  /**
   * Looks an account up and checks its slot.
   *
   * @return whether it is there and whole
   */
  boolean isWhole(long key) {
    long at = find(key);
    return memory.get(LONG, at + KEY) == key && memory.get(LONG, at + CHECK) == check(at);
  }

  /** Returns the next random number; its state is part of the memory. */
  long random() {
    long state = header(AT_RANDOM) + GOLDEN;
    setHeader(AT_RANDOM, state);
    return mix(state);
  }

  long header(long at) {
    return memory.get(LONG, at);
  }

  /** Returns a field of a slot. */
  long slot(long number, long field) {
    return memory.get(LONG, at(number) + field);
  }

  /** Tells whether a slot was never used: all of it is zero. */
  boolean isEmpty(long number) {
    long any = 0;
    for (long field = KEY; field < SLOT_BYTES; field += 8) {
      any |= slot(number, field);
    }
    return any == 0;
  }

  /** Returns what the check of a slot must be. */
  long expectedCheck(long number) {
    return check(at(number));
  }

  long slotsFit() {
    return (memory.byteSize() / AnonymousMemory.PAGE_BYTES - 1) * SLOTS_PER_PAGE;
  }

  /** Returns the offset of the key's slot, or of the empty one that it would take. */
  private long find(long key) {
    long slots = slotsFit();
    long group = (key - 1) / KEYS_PER_PAGE;
    long home = group * SLOTS_PER_PAGE + (mix(key) & (SLOTS_PER_PAGE - 1));
    for (long i = 0; i < slots; i++) {
      long at = at((home + i) % slots);
      long found = memory.get(LONG, at + KEY);
      if (found == key || found == 0) {
        return at;
      }
    }
    throw new IllegalStateException("no slot for account " + key);
  }

  private long present(long key) {
    long at = find(key);
    if (memory.get(LONG, at + KEY) != key) {
      throw new IllegalStateException("account " + key + " is lost");
    }
    return at;
  }

  private void change(long at, long amount, long other, long sequence) {
    long before = memory.get(LONG, at + CHECK);
    memory.set(LONG, at + BALANCE, memory.get(LONG, at + BALANCE) + amount);
    memory.set(LONG, at + SEQUENCE, sequence);
    memory.set(LONG, at + CHANGES, memory.get(LONG, at + CHANGES) + 1);
    memory.set(LONG, at + OTHER, other);
    memory.set(LONG, at + AMOUNT, amount);
    memory.set(LONG, at + HISTORY, mix(memory.get(LONG, at + HISTORY) ^ before));
    long after = check(at);
    memory.set(LONG, at + CHECK, after);
    setHeader(AT_CHANGES, header(AT_CHANGES) + 1);
    setHeader(AT_DIGEST, header(AT_DIGEST) ^ before ^ after);
  }

  private long check(long at) {
    long check = mix(at);
    for (long field = KEY; field < CHECK; field += 8) {
      check = mix(check ^ memory.get(LONG, at + field));
    }
    return check;
  }

  private long nextSequence() {
    long next = header(AT_SEQUENCE) + 1;
    setHeader(AT_SEQUENCE, next);
    return next;
  }

  private void setHeader(long at, long value) {
    memory.set(LONG, at, value);
  }

  private static long at(long slot) {
    return AnonymousMemory.PAGE_BYTES + slot * SLOT_BYTES;
  }

  /** The finaliser of SplitMix64 (Steele, Lea, Flood, 2014); 0 would stay 0, hence the addition. */
  private static long mix(long value) {
    long z = value + GOLDEN;
    z = (z ^ (z >>> 30)) * 0xBF58_476D_1CE4_E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D0_49BB_1331_11EBL;
    return z ^ (z >>> 31);
  }
}
