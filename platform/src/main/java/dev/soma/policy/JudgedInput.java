package dev.soma.policy;

/// Everything that was judged, in the form that is hashed, kept sealed and judged again.
///
/// @param session empty when the request belongs to none
/// @param requestDigest SHA-256 of what an approval is bound to: the facts without salt and time;
/// empty unless a person has to approve
/// @param actor salted commitment to the user, which nobody can open once the input is erased
/// @param canonical JCS of the facts; shared, not to be changed
@SuppressWarnings("ArrayRecordComponent") // never compared
public record JudgedInput(
        String action,
        String resource,
        String session,
        String requestDigest,
        String actor,
        byte[] canonical) {}
