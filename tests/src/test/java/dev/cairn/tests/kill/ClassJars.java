package dev.cairn.tests.kill;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.StringJoiner;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.stream.Stream;

/** Makes jars of the directories of a class path: a JVM's AOT cache knows of no directory. */
final class ClassJars {
  private ClassJars() {}

  /**
   * Returns the class path with a jar in place of each directory.
   *
   * @param into where the jars go
   */
  static String of(String classPath, Path into) throws IOException {
    StringJoiner joined = new StringJoiner(File.pathSeparator);
    int jars = 0;
    for (String entry : List.of(classPath.split(File.pathSeparator, -1))) {
      Path path = Path.of(entry);
      if (Files.isDirectory(path)) {
        Path jar = into.resolve("classes-" + jars++ + ".jar");
        write(path, jar);
        joined.add(jar.toString());
      } else if (Files.exists(path)) {
        joined.add(entry);
      }
    }
    return joined.toString();
  }

  private static void write(Path directory, Path jar) throws IOException {
    try (JarOutputStream out = new JarOutputStream(Files.newOutputStream(jar));
        Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.filter(Files::isRegularFile).sorted().toList()) {
        out.putNextEntry(new JarEntry(directory.relativize(file).toString()));
        Files.copy(file, out);
        out.closeEntry();
      }
    }
  }
}
