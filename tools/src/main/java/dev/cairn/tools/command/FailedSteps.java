package dev.cairn.tools.command;

import static dev.cairn.tools.command.NextStep.any;
import static dev.cairn.tools.command.NextStep.said;

import dev.cairn.store.BadInputException;
import dev.cairn.tools.linux.LinuxException;
import dev.cairn.tools.qmp.QmpException;
import dev.cairn.tools.qmp.QmpLostException;
import dev.cairn.transport.link.FailureException;
import dev.cairn.transport.link.LinkLostException;
import dev.cairn.transport.tls.TlsException;
import dev.cairn.transport.wire.ErrorCode;
import java.io.IOException;
import java.net.ConnectException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.util.List;
import javax.net.ssl.SSLException;

/** The rows of {@link NextStepTable} of what ends with exit code 1. Immutable. */
final class FailedSteps {
  private static final String ROOM =
      "make room: cairn forget CHAIN --keep-last N, then cairn merge CHAIN";

  static final List<NextStep> STEPS =
      List.of(
          // What a peer says.
          any(
                  ExitCodes.FAILED,
                  FailureException.class,
                  "the peer has no right to it",
                  "have the cairn serve there let this user or certificate in: cairn help serve")
              .ofCode(ErrorCode.NO_RIGHT),
          any(
                  ExitCodes.FAILED,
                  FailureException.class,
                  "more than a peer may have at once",
                  "the same command again later, or with fewer --streams: cairn help pull")
              .ofCode(ErrorCode.TOO_MUCH),
          any(
                  ExitCodes.FAILED,
                  FailureException.class,
                  "what cannot be, or breaks the protocol",
                  NextStepTable.NEWER)
              .ofCode(ErrorCode.CANNOT_BE),
          any(
              ExitCodes.FAILED,
              FailureException.class,
              "it failed there",
              "the log of the cairn serve there says why; then the same command again"),

          // Input.
          said(
              ExitCodes.FAILED,
              BadInputException.class,
              "one chain is of one machine: cairn show CHAIN says its blocks; for another machine,"
                  + " another name",
              "more than * RAM block names",
              "page of block *",
              "page size*",
              "RAM blocks: *",
              "device state of *"),
          said(
              ExitCodes.FAILED,
              BadInputException.class,
              "cairn list CHAIN, cairn stats CHAIN",
              "hold on point *",
              "label of point *"),
          said(
              ExitCodes.FAILED,
              BadInputException.class,
              "give one that is empty or not there yet: cairn --store DIR init",
              "*: expected an empty directory*"),
          said(
              ExitCodes.FAILED,
              BadInputException.class,
              "cairn compact CHAIN, then the same command again",
              "*: would draw on *",
              "*: chunk * would have *",
              "*: a page file has at most *"),
          said(
              ExitCodes.FAILED,
              BadInputException.class,
              ROOM,
              "*: expected metadata that there is room for*"),
          said(
              ExitCodes.FAILED,
              BadInputException.class,
              "try another way: cairn capture CHAIN --mode stream",
              "devices that QEMU saved: *"),
          said(
              ExitCodes.FAILED,
              BadInputException.class,
              "start the destination as the point's machine: cairn show POINT --command",
              "destination's *"),
          said(
              ExitCodes.FAILED,
              BadInputException.class,
              "take it as another chain: cairn pull CHAIN --as NAME",
              "*: expected chain *",
              "*: expected checkpoint *"),
          said(
              ExitCodes.FAILED,
              BadInputException.class,
              "correct that file, or name another: cairn help COMMAND",
              "*: TLS cannot be set up with it: *",
              "*: line *: expected *",
              "*: expected one line NAME SECRET, *",
              "*: expected at most * bytes",
              "*: there is no such file"),
          any(
                  ExitCodes.FAILED,
                  BadInputException.class,
                  "what came over a link is not as it must be",
                  NextStepTable.NEWER)
              .in("pull", "send", "serve"),

          // The machine.
          said(
                  ExitCodes.FAILED,
                  IOException.class,
                  "make room where that file is to be, or name another place: cairn help COMMAND",
                  "*no space left*",
                  "*quota exceeded*")
              .in("restore", "report", "heatmap"),
          said(ExitCodes.FAILED, IOException.class, ROOM, "*no space left*", "*quota exceeded*"),
          said(
              ExitCodes.FAILED,
              IOException.class,
              "raise the limit (ulimit -n, or LimitNOFILE= of a unit); then the same command again",
              "*too many open files*"),
          said(
              ExitCodes.FAILED,
              IOException.class,
              "mount it for writing; reading goes on: cairn list, cairn verify, cairn restore",
              "*read-only file system*"),
          any(
              ExitCodes.FAILED,
              NoSuchFileException.class,
              "no such file",
              "give the path of one that is there: cairn help COMMAND"),
          any(
              ExitCodes.FAILED,
              NotDirectoryException.class,
              "no directory",
              "give the path of a directory: cairn help COMMAND"),
          any(
              ExitCodes.FAILED,
              FileAlreadyExistsException.class,
              "is there already",
              "give a path where nothing is yet, or take that file away: cairn help COMMAND"),
          any(
              ExitCodes.FAILED,
              AccessDeniedException.class,
              "permission denied",
              "ls -ld PATH says whose it is; as that user the same command again"),
          said(
              ExitCodes.FAILED,
              IOException.class,
              "the same command again: cairn list says what is durable",
              "*an earlier sync failed*"),
          said(
              ExitCodes.FAILED,
              FileSystemException.class,
              "give the path of a file: cairn help COMMAND",
              "*: is not a regular file",
              "*: is a directory"),
          any(
              ExitCodes.FAILED,
              FileSystemException.class,
              "what a file system says",
              "look at that file system (dmesg, df); then cairn verify"),

          // QEMU and its guest.
          any(
              ExitCodes.FAILED,
              QmpLostException.class,
              "QEMU is gone",
              "QEMU's own log says why; is its guest there, the same command again: cairn status"),
          any(
                  ExitCodes.FAILED,
                  ConnectException.class,
                  "no QEMU listens there",
                  "start that QEMU with the socket that is named: cairn help COMMAND")
              .in("capture", "resume"),
          said(
              ExitCodes.FAILED,
              IOException.class,
              "give the path of a QMP socket: cairn help COMMAND",
              "*is that a QMP socket?"),
          any(
              ExitCodes.FAILED,
              QmpException.class,
              "QEMU refuses a command",
              "cairn help COMMAND says what it needs; if the guest stands still: cairn capture"
                  + " CHAIN --rescue"),
          any(
                  ExitCodes.FAILED,
                  IOException.class,
                  "a capture that failed",
                  "the same command again; if the guest stands still: cairn capture CHAIN --rescue")
              .in("capture"),
          any(
                  ExitCodes.FAILED,
                  IOException.class,
                  "a resume that failed",
                  "the log of the destination's QEMU says why; the point is whole: cairn resume"
                      + " POINT again")
              .in("resume"),

          // The network.
          any(
              ExitCodes.FAILED,
              UnknownHostException.class,
              "no such host",
              "give a host that is known, or its address: cairn help COMMAND"),
          said(
              ExitCodes.FAILED,
              IOException.class,
              "start cairn serve there, or give its address and port: cairn help serve",
              "*: cannot be connected to: *"),
          said(
              ExitCodes.FAILED,
              IOException.class,
              "give another address, or end who listens there (ss -ltnp): cairn help COMMAND",
              "*: cannot be listened at: *"),
          said(ExitCodes.FAILED, IOException.class, NextStepTable.NEWER, "*cairn of this version*"),
          any(
              ExitCodes.FAILED,
              ConnectException.class,
              "nobody listens there",
              "start cairn serve there, or give its address and port: cairn help serve"),
          any(
              ExitCodes.FAILED,
              SocketTimeoutException.class,
              "no answer in time",
              "cairn status there says whether it runs; then the same command again"),
          any(
              ExitCodes.FAILED,
              TlsException.class,
              "TLS that fails",
              "look at the certificates of both ends: cairn help COMMAND, at --tls-…"),
          any(
              ExitCodes.FAILED,
              SSLException.class,
              "TLS that breaks its rules",
              "look at the certificates of both ends: cairn help COMMAND, at --tls-…"),
          any(
              ExitCodes.FAILED,
              LinuxException.class,
              "what a kernel refuses",
              "the same command with -v says where; what it needs: cairn help COMMAND"),
          said(
              ExitCodes.FAILED,
              IOException.class,
              "look at the device (rdma link), or use tcp: cairn help COMMAND",
              "*: errno *"),
          any(
              ExitCodes.FAILED,
              LinkLostException.class,
              "a link that is lost",
              NextStepTable.GOES_ON),
          any(ExitCodes.FAILED, IOException.class, "a transfer that failed", NextStepTable.GOES_ON)
              .in("pull", "send", "serve", "limit-rate"),

          // Everything else.
          any(
                  ExitCodes.FAILED,
                  IOException.class,
                  "a machine's memory that is served",
                  "the same command again: VMs that are kept go on; cairn status")
              .in("uffd-serve"),
          any(
                  ExitCodes.FAILED,
                  IOException.class,
                  "a bench that failed",
                  "the same bench alone, with its stack: cairn bench NAME --quick -v")
              .in("bench"),
          any(
                  ExitCodes.FAILED,
                  IOException.class,
                  "a demo that failed",
                  "the demo with its stack: cairn demo -v")
              .in("demo"),
          any(
              ExitCodes.FAILED,
              IOException.class,
              "anything else that failed",
              "the same command with -v says where; whether the store is whole: cairn verify"));

  private FailedSteps() {}
}
