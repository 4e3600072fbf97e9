package dev.cairn.chain.manifest;

import dev.cairn.store.Id;
import dev.cairn.store.RamBlock;
import dev.cairn.store.RamLayout;
import dev.cairn.store.Text;
import dev.cairn.store.file.Point;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/** The rules that hold in every manifest. Specification: chain/FORMAT.md, Manifest. */
public final class ManifestRules {
  /** 43 digits of six bits each are 258: the last digit's two low bits are zero. */
  private static final int SHA_CHARACTERS = 43;

  /** The digits whose two low bits are zero. */
  private static final String SHA_ENDS = "AEIMQUYcgkosw048";

  private static final Pattern TOKEN = Pattern.compile("[A-Za-z0-9._-]{1,64}");

  /** How many optional lines are carried along, and how long they are, without line end. */
  static final int MOST_OPTIONAL = 64;

  static final int MOST_OPTIONAL_BYTES = 1024;

  private static final Pattern OPTIONAL = Pattern.compile("x-[A-Za-z0-9-]{1,64}(?: [!-~]+)*");

  /** Four digits of a year write all of these: 0000-01-01 up to the end of 9999. */
  private static final Instant FIRST_TIME = Instant.parse("0000-01-01T00:00:00Z");

  private static final Instant LAST_TIME = Instant.parse("9999-12-31T23:59:59Z");

  private ManifestRules() {}

  /** Returns the first rule that a manifest breaks, as a sentence. */
  public static Optional<String> broken(Manifest m) {
    return counters(m).or(() -> files(m)).or(() -> marks(m)).or(() -> optional(m));
  }

  private static Optional<String> optional(Manifest m) {
    boolean sound =
        m.optional().size() <= MOST_OPTIONAL
            && m.optional().stream()
                .allMatch(l -> l.length() <= MOST_OPTIONAL_BYTES && OPTIONAL.matcher(l).matches());
    return check(sound, "there are at most 64 optional lines of at most 1,024 bytes");
  }

  private static Optional<String> check(boolean holds, String sentence) {
    return holds ? Optional.empty() : Optional.of(sentence);
  }

  /** Returns what is wrong with a label, as a sentence of what it should be. */
  public static Optional<String> wrongLabel(String label) {
    return check(
        Text.isSound(label, 0, Point.MAX_LABEL_BYTES),
        "a label has at most "
            + Point.MAX_LABEL_BYTES
            + " bytes of UTF-8 and no control characters");
  }

  /** Returns what is wrong with the words of a hold, as a sentence of what they should be. */
  public static Optional<String> wrongHold(Hold hold) {
    return check(
        TOKEN.matcher(hold.token()).matches()
            && Text.isSound(hold.owner(), 0, Integer.MAX_VALUE)
            && isTime(hold.time()),
        "the token of a hold has 1 to 64 characters of [A-Za-z0-9._-], its owner is a text, its"
            + " time is a whole second of the years 0 to 9999");
  }

  /** Returns what is wrong with the token of a hold. */
  public static Optional<String> wrongToken(String token) {
    return check(
        TOKEN.matcher(token).matches(), "a token has 1 to 64 characters of [A-Za-z0-9._-]");
  }

  private static boolean isTime(Instant time) {
    return time.equals(time.truncatedTo(ChronoUnit.SECONDS))
        && !time.isBefore(FIRST_TIME)
        && !time.isAfter(LAST_TIME);
  }

  private static Optional<String> counters(Manifest m) {
    boolean positive =
        m.generation() >= 0 && m.next() >= 0 && m.ingested() >= 0 && m.written() >= 0;
    return check(positive, "numbers are not negative")
        .or(() -> check(RamLayout.isPageSize(m.pageSize()), "a page size is a power of two"))
        .or(
            () ->
                check(
                    m.tip().map(t -> t.number() >= 0 && t.number() < m.next()).orElse(true),
                    "next is above the tip"))
        .or(() -> check(m.blocks().size() <= RamLayout.MAX_BLOCKS, "too many RAM blocks"))
        .or(
            () ->
                check(
                    new HashSet<>(m.blocks()).size() == m.blocks().size(),
                    "a RAM block stands once"))
        .or(
            () ->
                check(
                    m.blocks().stream().allMatch(b -> Text.isSound(b, 1, RamBlock.MAX_NAME_BYTES)),
                    "the name of a RAM block has 1 to 255 bytes of UTF-8 and no control characters"));
  }

  /** What holds in a file's line, be the file alive or dropped. */
  private static Optional<String> fields(FileEntry file) {
    if (!isSha(file.sha())) {
      return Optional.of("the SHA-256 of " + file.name() + " has 43 characters of base64url");
    }
    if (file.role() == FileEntry.Role.DATA
        && (file.through() != file.name().last() || !file.throughId().equals(Id.NONE))) {
      return Optional.of("data file " + file.name() + " has no cap and no checkpoint id");
    }
    return Optional.empty();
  }

  /** Looked at for each file in each commit: without a pattern's matcher. */
  private static boolean isSha(String text) {
    if (text.length() != SHA_CHARACTERS || SHA_ENDS.indexOf(text.charAt(SHA_CHARACTERS - 1)) < 0) {
      return false;
    }
    for (int i = 0; i < SHA_CHARACTERS; i++) {
      char c = text.charAt(i);
      boolean letter = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
      if (!letter && (c < '0' || c > '9') && c != '-' && c != '_') {
        return false;
      }
    }
    return true;
  }

  private static Optional<String> files(Manifest m) {
    Set<Long> ids = new HashSet<>();
    for (FileEntry file : m.files()) {
      if (!ids.add(file.fileId())) {
        return Optional.of("file id " + Long.toHexString(file.fileId()) + " stands twice");
      }
      if (file.born() > m.generation()) {
        return Optional.of(file.name() + " was born in a generation not above this one");
      }
      Optional<String> wrong = fields(file);
      if (wrong.isPresent()) {
        return wrong;
      }
    }
    for (Dropped dropped : m.marks().dropped()) {
      long fileId = dropped.name().fileId();
      if (!ids.add(fileId)) {
        return Optional.of("dropped file id " + Long.toHexString(fileId) + " stands twice");
      }
      Optional<String> wrong = fields(dropped.file());
      if (wrong.isPresent()) {
        return wrong;
      }
      if (dropped.generation() <= dropped.born() || dropped.generation() > m.generation()) {
        return Optional.of(dropped.name() + " was dropped in a generation not above this one");
      }
    }
    if (!m.withFiles(m.files()).files().equals(m.files())) {
      return Optional.of("files are in the order base, layers, data");
    }
    List<FileEntry> indexes = m.indexes();
    if (m.files(FileEntry.Role.BASE).size() != (m.tip().isPresent() ? 1 : 0)) {
      return Optional.of("there is one base if there is a tip, else none");
    }
    for (int i = 1; i < indexes.size(); i++) {
      FileEntry below = indexes.get(i - 1);
      FileEntry file = indexes.get(i);
      boolean above =
          below.role() == FileEntry.Role.BASE
              ? file.through() > below.through()
              : file.name().first() > below.through();
      if (!above) {
        return Optional.of("layer " + file.name() + " does not lie above " + below.name());
      }
    }
    if (m.tip().isEmpty()) {
      return check(m.files().isEmpty(), "an empty chain has no files");
    }
    FileEntry top = indexes.getLast();
    Manifest.Tip tip = m.tip().get();
    return check(
        top.through() == tip.number() && top.throughId().equals(tip.id()),
        "the newest index ends at the tip");
  }

  private static Optional<String> marks(Manifest m) {
    Manifest.Marks marks = m.marks();
    long tip = m.tip().map(Manifest.Tip::number).orElse(-1L);
    // Of every range, not of the last alone: behind a range that ends at Long.MAX_VALUE, PointSet
    // cannot tell that the next one lies below it.
    Optional<String> result =
        check(
            marks.forgotten().ranges().stream().allMatch(range -> range.to() < tip),
            "only points below the tip are forgotten");
    for (long pin : marks.pins()) {
      result =
          result.or(
              () ->
                  check(
                      pin >= 0 && pin <= tip && !marks.forgotten().contains(pin),
                      "pinned point " + pin + " is retained"));
    }
    for (long point : marks.labels().keySet()) {
      result =
          result.or(
              () ->
                  check(
                      point >= 0 && point <= tip && !marks.forgotten().contains(point),
                      "labelled point " + point + " is retained"));
    }
    for (String label : marks.labels().values()) {
      result = result.or(() -> wrongLabel(label));
    }
    Set<String> tokens = new HashSet<>();
    for (Hold hold : marks.holds()) {
      result = result.or(() -> wrongHold(hold));
      result =
          result.or(
              () ->
                  check(
                      hold.point() >= 0
                          && hold.point() <= tip
                          && hold.generation() >= 0
                          && hold.generation() <= m.generation()
                          && !marks.forgotten().contains(hold.point())
                          && tokens.add(hold.token()),
                      "hold " + hold.token() + " is of a retained point, and stands once"));
    }
    return result;
  }
}
