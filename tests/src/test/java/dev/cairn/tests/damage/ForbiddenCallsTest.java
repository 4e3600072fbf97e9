package dev.cairn.tests.damage;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairn.chain.Store;
import dev.cairn.merge.Merger;
import dev.cairn.store.Id;
import dev.cairn.tools.Cairn;
import java.io.IOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.classfile.constantpool.ClassEntry;
import java.lang.classfile.constantpool.MemberRefEntry;
import java.lang.classfile.constantpool.PoolEntry;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * A mapped file that shrinks kills the JVM, and so may a native call: nobody maps files, but for a
 * device that reads them by itself, and who calls natively is known by name. Read from the constant
 * pools of all classes of Cairn.
 */
class ForbiddenCallsTest {
  /** One class of each module of Cairn. */
  private static final List<Class<?>> MODULES =
      List.of(Id.class, Store.class, Merger.class, Cairn.class);

  private int classes;

  @Test
  void noFileIsMapped() throws IOException, URISyntaxException {
    assertEquals(
        List.of("dev/cairn/store/io/FileSystemInput"),
        callers("java/nio/channels/FileChannel", "map"));
    assertEquals(List.of(), callers("dev/cairn/store/io/StoreInput", "map"), "windows of RDMA do");
    assertTrue(callers("java/nio/channels/FileChannel", "read").size() > 1, "reading is seen");
    System.out.println("classes looked at for mapped files and native calls " + classes / 2);
  }

  @Test
  void thisTestWouldSeeIt() throws IOException {
    Path own = Path.of(Mapper.class.getSimpleName());
    try (var in =
        Objects.requireNonNull(
            Mapper.class.getResourceAsStream("ForbiddenCallsTest$" + own + ".class"))) {
      ClassModel model = ClassFile.of().parse(in.readAllBytes());
      assertTrue(calls(model, "java/nio/channels/FileChannel", "map"));
    }
  }

  /** What nobody of Cairn does. */
  static final class Mapper {
    static long map(FileChannel channel) throws IOException {
      return channel.map(FileChannel.MapMode.READ_ONLY, 0, 1).capacity();
    }
  }

  @Test
  void nobodyUsesUnsafe() throws IOException, URISyntaxException {
    assertEquals(List.of(), users("sun/misc/Unsafe"));
    assertEquals(List.of(), users("jdk/internal/misc/Unsafe"));
  }

  @Test
  void nativeCallsAreInTheClassesThatOwnThem() throws IOException, URISyntaxException {
    assertEquals(OWNERS, callers("java/lang/foreign/Linker", "nativeLinker"));
  }

  private static final List<String> OWNERS =
      List.of("dev/cairn/store/io/Libc", "dev/cairn/tools/linux/LinuxCalls");

  private static boolean calls(ClassModel model, String owner, String name) {
    for (PoolEntry entry : model.constantPool()) {
      if (entry instanceof MemberRefEntry member
          && member.owner().asInternalName().equals(owner)
          && member.name().equalsString(name)) {
        return true;
      }
    }
    return false;
  }

  private List<String> callers(String owner, String name) throws IOException, URISyntaxException {
    TreeSet<String> found = new TreeSet<>();
    each(
        model -> {
          if (calls(model, owner, name)) {
            found.add(model.thisClass().asInternalName());
          }
        });
    return List.copyOf(found);
  }

  private List<String> users(String type) throws IOException, URISyntaxException {
    TreeSet<String> found = new TreeSet<>();
    each(
        model -> {
          for (PoolEntry entry : model.constantPool()) {
            if (entry instanceof ClassEntry used && used.asInternalName().equals(type)) {
              found.add(model.thisClass().asInternalName());
            }
          }
        });
    return List.copyOf(found);
  }

  /** Looks at a class. */
  private interface Look {
    void at(ClassModel model);
  }

  private void each(Look look) throws IOException, URISyntaxException {
    for (Class<?> module : MODULES) {
      URI place = module.getProtectionDomain().getCodeSource().getLocation().toURI();
      Path path = Path.of(place);
      if (Files.isDirectory(path)) {
        each(path, look);
      } else {
        try (FileSystem jar = FileSystems.newFileSystem(path)) {
          each(jar.getPath("/"), look);
        }
      }
    }
  }

  private void each(Path root, Look look) throws IOException {
    try (Stream<Path> files = Files.walk(root)) {
      for (Path file : files.filter(f -> f.toString().endsWith(".class")).toList()) {
        look.at(ClassFile.of().parse(Files.readAllBytes(file)));
        classes++;
      }
    }
  }
}
