package dev.cairn.tests.crash;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassTransform;

/**
 * Loads Cairn anew, main code and tests, with one class changed: a bug that is planted without
 * touching the code. All else comes from the parent.
 */
public final class MutatedClasses extends ClassLoader {
  private static final String OURS = "dev.cairn.";

  private final String changed;
  private final ClassTransform change;
  private boolean loaded;

  /**
   * @param changed the class's full name
   */
  public MutatedClasses(String changed, ClassTransform change) {
    super(MutatedClasses.class.getClassLoader());
    this.changed = changed;
    this.change = change;
  }

  /** Tells whether the changed class was in use. */
  public boolean wasUsed() {
    return loaded;
  }

  @Override
  protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
    if (!name.startsWith(OURS)) {
      return super.loadClass(name, resolve);
    }
    synchronized (getClassLoadingLock(name)) {
      Class<?> known = findLoadedClass(name);
      return known != null ? known : define(name);
    }
  }

  private Class<?> define(String name) throws ClassNotFoundException {
    String file = name.replace('.', '/') + ".class";
    try (InputStream in = getParent().getResourceAsStream(file)) {
      if (in == null) {
        throw new ClassNotFoundException(name);
      }
      byte[] bytes = in.readAllBytes();
      if (name.equals(changed)) {
        ClassFile classes = ClassFile.of();
        bytes = classes.transformClass(classes.parse(bytes), change);
        loaded = true;
      }
      return defineClass(name, bytes, 0, bytes.length);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
