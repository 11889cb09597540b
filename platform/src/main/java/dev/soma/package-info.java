/// SomaAgent Hub: each direct sub-package is a module with a small public surface.
@NullMarked
package dev.soma;

import org.jspecify.annotations.NullMarked;
