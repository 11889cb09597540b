package dev.soma.slm;

import java.io.IOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// What the server needs to know of a GGUF file before native code opens it: whether it is one,
/// the context the model was trained for, and the literals that its tokenizer reads as control
/// tokens.
record GgufHeader(
        String architecture,
        OptionalLong trainedContext,
        OptionalLong endOfTurn,
        Map<Integer, String> controlTokens) {
    private static final int MAGIC = 0x46554747;
    private static final long MAX_HEADER_BYTES = 256L << 20;
    private static final int CONTROL = 3;

    GgufHeader {
        controlTokens = Map.copyOf(controlTokens);
    }

    /// Reads the header; [IOException] says in one sentence why the file is no usable model.
    static GgufHeader read(Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            ByteBuffer bytes =
                    channel.map(
                            FileChannel.MapMode.READ_ONLY,
                            0,
                            Math.min(channel.size(), MAX_HEADER_BYTES));
            return read(bytes.order(ByteOrder.LITTLE_ENDIAN));
        } catch (BufferUnderflowException | IndexOutOfBoundsException | ArithmeticException e) {
            throw new IOException("the file is cut short: its GGUF header does not end", e);
        }
    }

    private static GgufHeader read(ByteBuffer bytes) throws IOException {
        if (bytes.remaining() < 24 || bytes.getInt() != MAGIC) {
            throw new IOException("the file is not GGUF: it does not begin with that word");
        }
        int version = bytes.getInt();
        if (version != 2 && version != 3) {
            throw new IOException("GGUF version " + version + " is not supported, only 2 and 3");
        }
        long tensors = bytes.getLong();
        long pairs = bytes.getLong();
        if (tensors < 1) {
            throw new IOException("the GGUF file holds no weights");
        }
        Map<String, Object> values = new LinkedHashMap<>();
        for (long i = 0; i < pairs; i++) {
            String key = text(bytes);
            values.put(key, value(bytes, bytes.getInt()));
        }
        String architecture = String.valueOf(values.get("general.architecture"));
        return new GgufHeader(
                architecture,
                number(values.get(architecture + ".context_length")),
                number(values.get("tokenizer.ggml.eos_token_id")),
                controlTokens(values));
    }

    private static Map<Integer, String> controlTokens(Map<String, Object> values) {
        Map<Integer, String> literals = new TreeMap<>();
        if (values.get("tokenizer.ggml.tokens") instanceof List<?> tokens
                && values.get("tokenizer.ggml.token_type") instanceof List<?> types) {
            for (int id = 0; id < Math.min(tokens.size(), types.size()); id++) {
                boolean control = number(types.get(id)).orElse(0) == CONTROL;
                if (control && !String.valueOf(tokens.get(id)).isEmpty()) {
                    literals.put(id, String.valueOf(tokens.get(id)));
                }
            }
        }
        return literals;
    }

    private static OptionalLong number(@Nullable Object value) {
        return value instanceof Number number
                ? OptionalLong.of(number.longValue())
                : OptionalLong.empty();
    }

    private static Object value(ByteBuffer bytes, int type) throws IOException {
        return switch (type) {
            case 0, 1, 7 -> bytes.get();
            case 2, 3 -> bytes.getShort();
            case 4 -> Integer.toUnsignedLong(bytes.getInt());
            case 5 -> bytes.getInt();
            case 6 -> bytes.getFloat();
            case 8 -> text(bytes);
            case 9 -> array(bytes);
            case 10, 11 -> bytes.getLong();
            case 12 -> bytes.getDouble();
            default ->
                    throw new IOException("the GGUF header holds a value of unknown type " + type);
        };
    }

    private static List<Object> array(ByteBuffer bytes) throws IOException {
        int type = bytes.getInt();
        int count = Math.toIntExact(bytes.getLong());
        if (count < 0 || count > bytes.remaining()) {
            throw new BufferUnderflowException();
        }
        List<Object> values = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            values.add(value(bytes, type));
        }
        return values;
    }

    private static String text(ByteBuffer bytes) {
        int length = Math.toIntExact(bytes.getLong());
        if (length < 0 || length > bytes.remaining()) {
            throw new BufferUnderflowException();
        }
        byte[] content = new byte[length];
        bytes.get(content);
        return new String(content, StandardCharsets.UTF_8);
    }
}
