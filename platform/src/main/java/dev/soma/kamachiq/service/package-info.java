/// Services that keep records of one kind over HTTP: what one is to do, the program that does it,
/// and an oracle that says, without that program, what it has to answer.
@NullMarked
package dev.soma.kamachiq.service;

import org.jspecify.annotations.NullMarked;
