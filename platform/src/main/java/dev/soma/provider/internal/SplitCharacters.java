package dev.soma.provider.internal;

/// Puts together characters that a provider split over two frames: such a one is told whole, with
/// the
/// second. Not thread-safe.
final class SplitCharacters {
    private String half = "";

    /// What is whole of a piece that is not empty, with what was left of the one before.
    String whole(String text) {
        String piece = half + text;
        boolean split = Character.isHighSurrogate(piece.charAt(piece.length() - 1));
        half = split ? piece.substring(piece.length() - 1) : "";
        return split ? piece.substring(0, piece.length() - 1) : piece;
    }
}
