/// Calculators for the command line: what one is to do, the program that does it, and an oracle
/// that
/// says, without that program, what it has to answer.
@NullMarked
package dev.soma.kamachiq.calculator;

import org.jspecify.annotations.NullMarked;
