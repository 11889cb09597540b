/// The local language model server: one process that owns one GGUF model and one sentence embedder
/// and answers the OpenAI HTTP dialect on loopback.
///
/// A request passes three threads. The event loop parses and writes and never blocks. The text
/// thread tokenises, renders the prompt and converts schemas. The decode thread alone runs the
/// model, one answer at a time, in the order that [DecodeQueue] decides.
@NullMarked
package dev.soma.slm;

import org.jspecify.annotations.NullMarked;
