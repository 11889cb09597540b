/// The commands of `./soma`. Most of them talk to the supervisor, a background process that owns
/// the engines and the platform, through a Unix socket in the home folder; what a command prints is
/// for people, and with `--json` one JSON document for programs. A command that was asked for
/// something and did not do it ends with status 1 and says on stderr why and what helps; wrong use
/// ends with 2.
@NullMarked
package dev.soma.cli;

import org.jspecify.annotations.NullMarked;
