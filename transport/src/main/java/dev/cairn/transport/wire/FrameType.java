package dev.cairn.transport.wire;

import java.util.Optional;

/**
 * What frames there are, on which links, and who sends them. The numbers are those of the wire, for
 * ever.
 */
public enum FrameType {
  HELLO(1, Place.ANY, Who.CLIENT, 0),
  WELCOME(2, Place.ANY, Who.SERVER, 1),
  ERROR(3, Place.ANY, Who.ANY, 0),
  PING(4, Place.ANY, Who.ANY, 0),
  PONG(5, Place.ANY, Who.ANY, 4),
  LOOK(14, Place.CONTROL, Who.RECEIVER, 0),
  SEEN(15, Place.CONTROL, Who.SOURCE, 14),
  OPEN(16, Place.CONTROL, Who.RECEIVER, 0),
  OPENED(17, Place.CONTROL, Who.SOURCE, 16),
  HOLD(18, Place.CONTROL, Who.RECEIVER, 0),
  HELD(19, Place.CONTROL, Who.SOURCE, 18),
  RELEASE(20, Place.CONTROL, Who.RECEIVER, 0),
  RELEASED(21, Place.CONTROL, Who.SOURCE, 20),
  POINT(22, Place.CONTROL, Who.RECEIVER, 0),
  POINT_IS(23, Place.CONTROL, Who.SOURCE, 22),
  OFFER(24, Place.CONTROL, Who.SOURCE, 0),
  TAKEN(25, Place.CONTROL, Who.RECEIVER, 24),
  PROGRESS(26, Place.CONTROL, Who.RECEIVER, 0),
  RATE(27, Place.CONTROL, Who.ADMIN, 0),
  RATED(28, Place.CONTROL, Who.SERVER, 27),
  FETCH(32, Place.DATA, Who.RECEIVER, 0),
  DATA(33, Place.DATA, Who.SOURCE, 32),
  WINDOW(34, Place.DATA, Who.RECEIVER, 0),
  WINDOW_IS(35, Place.DATA, Who.SOURCE, 34),
  WINDOW_DONE(36, Place.DATA, Who.RECEIVER, 0),
  PAGES(48, Place.NOT_CONTROL, Who.RECEIVER, 0),
  PAGES_ARE(49, Place.NOT_CONTROL, Who.SOURCE, 48);

  /** On which links a frame goes. */
  public enum Place {
    ANY,
    CONTROL,
    DATA,
    /** Urgent and data. */
    NOT_CONTROL
  }

  /** Who sends a frame. */
  public enum Who {
    ANY,
    CLIENT,
    SERVER,
    RECEIVER,
    SOURCE,
    ADMIN
  }

  private final int number;
  private final Place place;
  private final Who who;
  private final int answers;

  FrameType(int number, Place place, Who who, int answers) {
    this.number = number;
    this.place = place;
    this.who = who;
    this.answers = answers;
  }

  /** Returns its number on the wire. */
  public int number() {
    return number;
  }

  /** Returns on which links it goes. */
  public Place place() {
    return place;
  }

  /** Returns who sends it. */
  public Who who() {
    return who;
  }

  /** Returns which request it answers, if it is an answer. */
  public Optional<FrameType> answers() {
    return of(answers);
  }

  /** Returns the answer to a request. */
  public static FrameType answerTo(FrameType request) {
    for (FrameType type : values()) {
      if (type.answers == request.number) {
        return type;
      }
    }
    throw new IllegalArgumentException(request + " has no answer");
  }

  /** Tells whether an answer to it follows. */
  public boolean isRequest() {
    return answers == 0 && this != ERROR && !isNotice();
  }

  /** Tells whether it is said without a number, and has no answer. */
  public boolean isNotice() {
    return this == PROGRESS || this == WINDOW_DONE;
  }

  /** Tells whether more than one frame may make up the answer: there is a stream in it. */
  public boolean hasStream() {
    return this == OPENED || this == POINT_IS || this == DATA || this == PAGES_ARE;
  }

  /** Returns the type of that number. */
  public static Optional<FrameType> of(int number) {
    for (FrameType type : values()) {
      if (type.number == number) {
        return Optional.of(type);
      }
    }
    return Optional.empty();
  }

  /** Returns the type of the frame that a message goes in. */
  public static FrameType of(Message message) {
    return switch (message) {
      case Hello _ -> HELLO;
      case Welcome _ -> WELCOME;
      case Message.Failure _ -> ERROR;
      case Message.Ping _ -> PING;
      case Message.Pong _ -> PONG;
      case Message.Look _ -> LOOK;
      case Message.Seen _ -> SEEN;
      case Message.Open _ -> OPEN;
      case Message.Opened _ -> OPENED;
      case Message.Hold _ -> HOLD;
      case Message.Held _ -> HELD;
      case Message.Release _ -> RELEASE;
      case Message.Released _ -> RELEASED;
      case Message.Point _ -> POINT;
      case Message.PointIs _ -> POINT_IS;
      case Message.Offer _ -> OFFER;
      case Message.Taken _ -> TAKEN;
      case Message.Progress _ -> PROGRESS;
      case Message.Rate _ -> RATE;
      case Message.Rated _ -> RATED;
      case Message.Fetch _ -> FETCH;
      case Message.Data _ -> DATA;
      case Message.Window _ -> WINDOW;
      case Message.WindowIs _ -> WINDOW_IS;
      case Message.WindowDone _ -> WINDOW_DONE;
      case Message.Pages _ -> PAGES;
      case Message.PagesAre _ -> PAGES_ARE;
    };
  }
}
