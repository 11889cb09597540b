/// The instruments beside the product: the scripted provider, an OpenAI-compatible server whose
/// answers and faults are written in the model name and travel over real HTTP, and the load
/// generator behind `./soma bench`, which verifies every answer that it times. Nothing of the
/// platform depends on this module and it depends on nothing of the platform: it sees the gateway
/// as any client does, and reads its CPU time from the operating system.
@NullMarked
package dev.soma.bench;

import org.jspecify.annotations.NullMarked;
