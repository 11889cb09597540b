package dev.soma.runtime;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/// Marks a record of settings. Component names are the keys under the prefix, in kebab case, each
/// with its unit.
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
public @interface Settings {
    String value();
}
