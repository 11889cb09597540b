/// The one supervisor of the engines. It starts PostgreSQL, Redis, Kafka, Temporal, the SLM server
/// and the platform as child processes, waits until each really answers, restarts what died within
/// bounds, and leaves no process behind. [Stack] is the whole of it, for `./soma` and for
/// acceptance tests; [TestEngines] lends single engines to a module's tests. It knows nothing of
/// the platform's code: only its jar, its settings file and its ready file.
@NullMarked
package dev.soma.devkit;

import org.jspecify.annotations.NullMarked;
