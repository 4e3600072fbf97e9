package dev.cairn.tools.qmp;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What of QEMU's migration settings has to be how, for Cairn to read the stream. Immutable.
 *
 * @param capabilities on or off
 * @param parameters by name
 */
public record WantedSettings(Map<String, Boolean> capabilities, Map<String, Object> parameters) {
  /** What changes the stream, or what QEMU does at its end; see tools/QEMU.md. */
  private static final String[] OFF = {
    "auto-converge",
    "background-snapshot",
    "block",
    "compress",
    "dirty-bitmaps",
    "dirty-limit",
    "mapped-ram",
    "multifd",
    "pause-before-switchover",
    "postcopy-blocktime",
    "postcopy-preempt",
    "postcopy-ram",
    "release-ram",
    "return-path",
    "switchover-ack",
    "x-colo",
    "x-ignore-shared",
    "xbzrle",
    "zero-blocks",
    "zero-copy-send"
  };

  public WantedSettings {
    capabilities = Map.copyOf(capabilities);
    parameters = Map.copyOf(parameters);
  }

  /** Returns a plain stream at full speed: what every capture begins from. */
  public static WantedSettings plain() {
    Map<String, Boolean> capabilities = new LinkedHashMap<>();
    for (String name : OFF) {
      capabilities.put(name, false);
    }
    return new WantedSettings(
        capabilities, Map.of("mode", "normal", "tls-creds", "", "max-bandwidth", 1L << 40));
  }

  /** Returns the same with a capability on, which QEMU has to know. */
  public WantedSettings on(String capability) {
    Map<String, Boolean> more = new LinkedHashMap<>(capabilities);
    more.put(capability, true);
    return new WantedSettings(more, parameters);
  }

  /** Returns the same with a parameter, which QEMU has to know. */
  public WantedSettings with(String parameter, Object value) {
    Map<String, Object> more = new LinkedHashMap<>(parameters);
    more.put(parameter, value);
    return new WantedSettings(capabilities, more);
  }
}
