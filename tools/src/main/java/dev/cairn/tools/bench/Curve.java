package dev.cairn.tools.bench;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * How quantities grow along something, from stop to stop, and how fast each may. Not thread-safe.
 */
final class Curve {
  /** An exponent that rises by more than this is a bend. */
  private static final double BEND = 0.3;

  private final String along;
  private final List<Double> stops = new ArrayList<>();
  private final Map<String, Quantity> quantities = new LinkedHashMap<>();

  /**
   * @param along what grows, in one word
   */
  Curve(String along) {
    this.along = along;
  }

  /** One that is measured at each stop. */
  private record Quantity(String unit, double mostExponent, List<Double> values) {}

  /** Begins a stop. */
  void stop(double at) {
    stops.add(at);
  }

  /**
   * Takes a value of this stop.
   *
   * @param mostExponent 0 for what stays, 1 for what grows in proportion; NaN if nothing is asked
   */
  void put(String name, String unit, double mostExponent, double value) {
    quantities
        .computeIfAbsent(name, _ -> new Quantity(unit, mostExponent, new ArrayList<>()))
        .values
        .add(value);
  }

  /**
   * Returns the exponents between neighbouring stops: 0 where a value stays, 1 where it follows.
   */
  static double[] exponents(List<Double> stops, List<Double> values) {
    double[] result = new double[values.size() - 1];
    for (int i = 0; i < result.length; i++) {
      double up = Math.max(values.get(i + 1), 1e-9) / Math.max(values.get(i), 1e-9);
      result[i] = Math.log(up) / Math.log(stops.get(i + 1) / stops.get(i));
    }
    return result;
  }

  /** Returns the number of the stop from which a curve is steeper than before, or -1. */
  static int bend(double[] exponents) {
    int bend = -1;
    double most = BEND;
    for (int i = 1; i < exponents.length; i++) {
      if (exponents[i] - exponents[i - 1] > most) {
        most = exponents[i] - exponents[i - 1];
        bend = i;
      }
    }
    return bend;
  }

  /**
   * Tells all: a row for each quantity, with the exponents of its first step (the floor) and its
   * last (the ratio), and where it bends upwards.
   */
  void tell(Bench.Rows rows) {
    String where = String.join(" → ", stops.stream().map(Curve::shown).toList());
    rows.add(Row.note("how cost grows with %s: %s".formatted(along, where), "exponents"));
    quantities.forEach((name, quantity) -> tell(rows, name, quantity));
  }

  private void tell(Bench.Rows rows, String name, Quantity quantity) {
    Map<String, Object> more = new LinkedHashMap<>();
    more.put("curve", name);
    more.put("unit", quantity.unit);
    more.put("along", along);
    more.put("x", List.copyOf(stops));
    more.put("y", List.copyOf(quantity.values));
    String values = String.join(" → ", quantity.values.stream().map(Curve::shown).toList());
    String work = "  %s: %s %s".formatted(name, values, quantity.unit).stripTrailing();
    if (stops.size() < 2) {
      rows.add(Row.note(work, "one stop").with(more));
      return;
    }
    double[] exponents = exponents(stops, quantity.values);
    int bend = bend(exponents);
    String where = bend < 0 ? "no bend" : "bend: " + shown(stops.get(bend));
    double last = exponents[exponents.length - 1];
    String first = number(exponents[0]);
    rows.add(
        (Double.isNaN(quantity.mostExponent)
                ? Row.beside(work, where, first, last)
                : Row.atMost(work, where, first, last, quantity.mostExponent))
            .with(more));
  }

  private static String number(double exponent) {
    return String.format(Locale.ROOT, "%.2f", exponent);
  }

  private static String shown(double value) {
    return value == Math.rint(value) || value >= 1000
        ? String.format(Locale.ROOT, "%,.0f", value)
        : String.format(Locale.ROOT, value >= 10 ? "%.1f" : "%.2f", value);
  }
}
