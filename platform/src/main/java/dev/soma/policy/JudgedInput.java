package dev.soma.policy;

/// Everything that was judged, in the form that is hashed, kept sealed and judged again.
///
/// @param session empty when the request belongs to none
/// @param canonical JCS of the facts; shared, not to be changed
@SuppressWarnings("ArrayRecordComponent") // never compared
public record JudgedInput(String action, String resource, String session, byte[] canonical) {}
