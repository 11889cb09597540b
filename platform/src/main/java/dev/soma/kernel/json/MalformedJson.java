package dev.soma.kernel.json;

/// The bytes are not JSON that this product accepts; the message says where and why and never
/// quotes the input.
public final class MalformedJson extends Exception {
    private static final long serialVersionUID = 1L;

    public MalformedJson(String message) {
        super(message);
    }
}
