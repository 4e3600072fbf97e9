package dev.cairn.transport.link;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * Runs the tests of {@link RdmaLink} where there is neither Maven nor a launcher of JUnit. Leaves
 * with 0 if all passed.
 */
final class ContractMain {
  private static final long MOST_MILLIS = 90_000;

  private ContractMain() {}

  /**
   * Runs them.
   *
   * @param arguments words of which a test's name has to contain one; none for all
   */
  public static void main(String[] arguments) throws Exception {
    List<Method> tests =
        Arrays.stream(LinkContract.class.getDeclaredMethods())
            .filter(method -> method.isAnnotationPresent(Test.class))
            .filter(
                method ->
                    arguments.length == 0
                        || Arrays.stream(arguments).anyMatch(method.getName()::contains))
            .sorted(Comparator.comparing(Method::getName))
            .toList();
    int failed = 0;
    for (Method test : tests) {
      long began = System.nanoTime();
      Throwable why = run(test);
      failed += why == null ? 0 : 1;
      System.out.printf(
          "%s %s %d ms%n",
          why == null ? "ok" : "FAILED", test.getName(), (System.nanoTime() - began) / 1_000_000);
      if (why != null) {
        why.printStackTrace(System.out);
      }
    }
    System.out.printf("%d passed, %d failed%n", tests.size() - failed, failed);
    System.exit(failed == 0 && !tests.isEmpty() ? 0 : 1);
  }

  private static @Nullable Throwable run(Method test) throws Exception {
    RdmaLink contract = new RdmaLink();
    contract.directory = Files.createTempDirectory(Path.of("/tmp"), "contract");
    AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
    Thread thread =
        Thread.ofPlatform()
            .daemon()
            .start(
                () -> {
                  try {
                    test.setAccessible(true);
                    test.invoke(contract);
                  } catch (InvocationTargetException e) {
                    failure.set(e.getCause());
                  } catch (ReflectiveOperationException e) {
                    failure.set(e);
                  }
                });
    thread.join(MOST_MILLIS);
    if (thread.isAlive()) {
      AssertionError late = new AssertionError("not done in " + MOST_MILLIS + " ms");
      late.setStackTrace(thread.getStackTrace());
      failure.compareAndSet(null, late);
    }
    contract.closeLab();
    return failure.get();
  }
}
