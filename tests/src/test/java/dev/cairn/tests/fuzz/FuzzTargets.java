package dev.cairn.tests.fuzz;

import dev.cairn.store.file.FileKind;
import java.util.List;

/** All targets, in the order in which they run. */
final class FuzzTargets {
  private FuzzTargets() {}

  static List<FuzzTarget> all() {
    return List.of(
        new ManifestTarget(),
        new FileTarget("base", FileKind.BASE),
        new FileTarget("layer", FileKind.LAYER),
        new FileTarget("pages", FileKind.PAGES),
        new DeviceStateTarget(),
        new MappedRamTarget());
  }

  /** Returns the target of that name, the planted one too. */
  static FuzzTarget of(String name) {
    return name.equals(PlantedTarget.NAME)
        ? new PlantedTarget()
        : all().stream().filter(t -> t.name().equals(name)).findFirst().orElseThrow();
  }
}
