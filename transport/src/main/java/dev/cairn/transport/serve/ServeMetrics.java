package dev.cairn.transport.serve;

import dev.cairn.transport.source.Source;
import dev.cairn.transport.source.SourceCounters;
import java.io.IOException;

/** What a server tells those who watch it. Thread-safe. */
public final class ServeMetrics {
  private final ChainMetrics chains;
  private final Source source;
  private final LinkCounters links;

  /** Makes one. */
  public ServeMetrics(ChainMetrics chains, Source source, LinkCounters links) {
    this.chains = chains;
    this.source = source;
    this.links = links;
  }

  /** Returns all metrics as text. */
  public String text() throws IOException {
    Exposition text = new Exposition();
    chains.addTo(text);
    source(text);
    links(text);
    return text.toString();
  }

  private void source(Exposition text) {
    SourceCounters counters = source.counters();
    text.gauge("cairn_serve_receivers", "Receivers that are connected.")
        .value("cairn_serve_receivers", source.sessions());
    text.gauge("cairn_serve_rate_limit_bytes", "Bytes a second in all; 0: no limit.")
        .value("cairn_serve_rate_limit_bytes", source.rate());
    text.counter("cairn_serve_sent_bytes_total", "Bytes of files, pages and device states sent.")
        .value("cairn_serve_sent_bytes_total", counters.bytes());
    text.counter("cairn_serve_fetches_total", "FETCH requests answered.")
        .value("cairn_serve_fetches_total", counters.fetches());
    text.counter("cairn_serve_windows_total", "Stretches of files that receivers read by RDMA.")
        .value("cairn_serve_windows_total", counters.windows());
    text.counter("cairn_serve_pages_total", "Pages given, zero pages among them.")
        .value("cairn_serve_pages_total", counters.pages());
    text.counter("cairn_serve_page_reads_total", "Reads of files for these pages.")
        .value("cairn_serve_page_reads_total", counters.pageReads());
    text.counter("cairn_serve_refused_total", "Requests that were refused, or failed.")
        .value("cairn_serve_refused_total", counters.refusals());
    text.counter("cairn_serve_holds_taken_total", "Holds taken.")
        .value("cairn_serve_holds_taken_total", counters.holdsTaken());
    text.counter("cairn_serve_holds_expired_total", "Holds released that nobody used.")
        .value("cairn_serve_holds_expired_total", counters.holdsExpired());
  }

  private void links(Exposition text) {
    text.counter("cairn_serve_faults_total", "Links ended as their peer broke the protocol.")
        .value("cairn_serve_faults_total", links.faults());
    text.counter("cairn_serve_not_let_in_total", "Connections that were not let in.")
        .value("cairn_serve_not_let_in_total", links.refusals());
    text.counter("cairn_serve_links_lost_total", "Links that were lost.")
        .value("cairn_serve_links_lost_total", links.losses());
  }
}
