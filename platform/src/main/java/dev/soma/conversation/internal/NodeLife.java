package dev.soma.conversation.internal;

/// One life of a node: from a start to the next. Its writes carry the epoch, so that a former life
/// cannot write.
record NodeLife(String id, long epoch) {}
