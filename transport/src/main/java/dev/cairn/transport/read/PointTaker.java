package dev.cairn.transport.read;

import dev.cairn.store.BadInputException;
import dev.cairn.store.DeviceSection;
import dev.cairn.store.DeviceState;
import dev.cairn.transport.link.Answer;
import dev.cairn.transport.link.Link;
import dev.cairn.transport.wire.Message;
import dev.cairn.transport.wire.PointHead;
import dev.cairn.transport.wire.PointHeadBytes;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;

/**
 * Takes a POINT_IS as it comes: memory is taken for what is here, whatever lengths it tells. Its
 * methods are called by the link's reader, and {@link #await} by who has asked.
 */
final class PointTaker implements Answer {
  private final CountDownLatch over = new CountDownLatch(1);
  private final List<byte[]> sections = new ArrayList<>();
  private ByteArrayOutputStream part = new ByteArrayOutputStream();
  private Message.@Nullable PointIs is;
  private @Nullable PointHead head;
  private @Nullable IOException failure;

  private PointTaker() {}

  /**
   * Asks for a point, and waits for what it is.
   *
   * @param seen what LOOK has told of it
   */
  static RemoteFacts ask(Link control, Message.Seen seen) throws IOException {
    PointTaker answer = new PointTaker();
    control.ask(new Message.Point(seen.checkpoint()), answer);
    return answer.await(control.name(), seen);
  }

  @Override
  public void head(Message message) {
    is = (Message.PointIs) message;
  }

  @Override
  public void bytes(MemorySegment bytes) throws IOException {
    long done = 0;
    while (done < bytes.byteSize()) {
      long due = due();
      if (due == 0) {
        throw new BadInputException("POINT_IS: expected its end, found more bytes");
      }
      int count = (int) Math.min(due, bytes.byteSize() - done);
      part.writeBytes(bytes.asSlice(done, count).toArray(ValueLayout.JAVA_BYTE));
      done += count;
      take();
    }
  }

  /** Returns how many bytes the part that is coming still lacks; 0 if all parts are here. */
  private long due() {
    PointHead known = head;
    if (known == null) {
      return is == null ? 0 : is.length() - part.size();
    }
    return sections.size() == known.sections().size()
        ? 0
        : known.sections().get(sections.size()).length() - part.size();
  }

  /** Takes what is whole, empty sections too. */
  private void take() throws IOException {
    while (due() == 0) {
      PointHead known = head;
      if (known == null) {
        Message.PointIs first = is;
        if (first == null) {
          return;
        }
        known = PointHeadBytes.read(part.toByteArray(), first.pageSize());
        if (known.sectionBytes() > DeviceState.MAX_BYTES) {
          throw new BadInputException(
              "POINT_IS: expected sections of at most %d bytes, found %d"
                  .formatted(DeviceState.MAX_BYTES, known.sectionBytes()));
        }
        head = known;
      } else if (sections.size() == known.sections().size()) {
        return;
      } else {
        sections.add(part.toByteArray());
      }
      part = new ByteArrayOutputStream();
    }
  }

  @Override
  public void done() {
    over.countDown();
  }

  @Override
  public void failed(IOException why) {
    failure = why;
    over.countDown();
  }

  private RemoteFacts await(String name, Message.Seen seen) throws IOException {
    try {
      over.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while " + name + " was asked for a point");
    }
    IOException why = failure;
    if (why != null) {
      throw why;
    }
    Message.PointIs first = is;
    PointHead known = head;
    if (first == null || known == null || sections.size() != known.sections().size()) {
      throw new BadInputException(name + ": POINT_IS: expected all of it, found its end");
    }
    if (first.point() != seen.point() || first.pageSize() != seen.pageSize()) {
      throw new BadInputException(
          "%s: POINT_IS: expected point %d with pages of %d bytes, found %d with %d"
              .formatted(name, seen.point(), seen.pageSize(), first.point(), first.pageSize()));
    }
    return new RemoteFacts(
        first.point(),
        seen.checkpoint(),
        seen.chain(),
        first.time(),
        known.label(),
        known.layout(),
        state(name, known));
  }

  private DeviceState state(String name, PointHead known) throws IOException {
    List<DeviceSection> made = new ArrayList<>();
    for (int i = 0; i < sections.size(); i++) {
      PointHead.Section told = known.sections().get(i);
      DeviceSection section = new DeviceSection(told.name(), told.version(), sections.get(i));
      sections.set(i, new byte[0]); // it has a copy
      if (section.crc() != told.crc()) {
        throw new BadInputException(
            "%s: POINT_IS: section %s: expected CRC %08x, found %08x"
                .formatted(name, told.name(), told.crc(), section.crc()));
      }
      made.add(section);
    }
    try {
      return new DeviceState(made);
    } catch (IllegalArgumentException e) {
      throw new BadInputException(name + ": POINT_IS: " + e.getMessage());
    }
  }
}
