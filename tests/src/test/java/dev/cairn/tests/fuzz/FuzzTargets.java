package dev.cairn.tests.fuzz;

import dev.cairn.store.file.FileKind;
import java.util.List;
import java.util.stream.Stream;

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
        new MappedRamTarget(),
        new MigrationStreamTarget(),
        new ReturnPathTarget(),
        new PemTarget(),
        new WireTarget());
  }

  /** Returns the target of that name, a planted one too. */
  static FuzzTarget of(String name) {
    return Stream.concat(all().stream(), Stream.of(new PlantedTarget(), new PlantedNativeTarget()))
        .filter(target -> target.name().equals(name))
        .findFirst()
        .orElseThrow();
  }
}
