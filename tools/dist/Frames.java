import java.io.IOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassHierarchyResolver;
import java.lang.classfile.ClassModel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/**
 * Gives the classes of a directory the stack map frames that Java 7 brought, and its version where theirs is older: an AOT
 * cache takes no class without. picocli is compiled for Java 5, and loading it by bytes is half of a short command's time.
 * They must be on the class path, as frames name common supertypes.
 */
final class Frames {
  public static void main(String[] args) throws IOException {
    ClassFile classes =
        ClassFile.of(
            ClassFile.StackMapsOption.GENERATE_STACK_MAPS,
            ClassFile.ClassHierarchyResolverOption.of(
                ClassHierarchyResolver.ofResourceParsing(ClassLoader.getSystemClassLoader())),
            ClassFile.ConstantPoolSharingOption.NEW_POOL);
    try (Stream<Path> files = Files.walk(Path.of(args[0]))) {
      for (Path file : files.filter(f -> f.toString().endsWith(".class")).toList()) {
        ClassModel old = classes.parse(file);
        if (old.majorVersion() < ClassFile.JAVA_7_VERSION) {
          byte[] made =
              classes.build(
                  old.thisClass().asSymbol(),
                  builder -> {
                    old.forEach(builder::with);
                    builder.withVersion(ClassFile.JAVA_7_VERSION, 0);
                  });
          Files.write(file, made);
        }
      }
    }
  }
}
