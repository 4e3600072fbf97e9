package dev.cairn.tools.command;

import dev.cairn.chain.Chain;
import dev.cairn.chain.Incoming;
import dev.cairn.chain.manifest.IncomingState;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** What is told of a chain that is being received. Immutable. */
record ComingRow(String chain, IncomingState state) {
  /** Returns what is coming into a chain, if anything is. */
  static Optional<ComingRow> of(Chain chain) throws IOException {
    return Incoming.look(chain).map(state -> new ComingRow(chain.name(), state));
  }

  /** Tells it to people, and puts it beside the points for machines. */
  void tell(Console console, Map<String, Object> result) {
    String sources =
        state.sources().stream().map(IncomingState.Source::uri).collect(Collectors.joining(", "));
    String point = state.coming().map(coming -> "@" + coming.point()).orElse("");
    console.note(
        "%s%s is being received from %s; the same cairn pull or send goes on, cairn pull %s"
            + " --abandon gives it up",
        chain, point, sources, chain);
    result.put("coming", json());
  }

  /** Returns it for machines. */
  Map<String, Object> json() {
    Map<String, Object> row = new LinkedHashMap<>();
    state.coming().ifPresent(coming -> row.put("checkpoint", coming.point()));
    row.put("sources", state.sources().stream().map(IncomingState.Source::uri).toList());
    return row;
  }

  /** Tells whether it is the point that somebody asks for: by its number, or the first of all. */
  boolean isMeant(String which, Chain chain) throws IOException {
    return chain.manifest().tip().isEmpty()
        || state.coming().filter(c -> which.equals(Long.toString(c.point()))).isPresent();
  }
}
