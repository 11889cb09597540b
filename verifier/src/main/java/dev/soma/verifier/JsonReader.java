package dev.soma.verifier;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// Strict JSON: no duplicate keys, integers only, at most 32 levels. In canonical mode the text
/// must also be its own RFC 8785 form: sorted keys, no white space, the shortest escapes.
final class JsonReader {
    private static final int MAX_DEPTH = 32;
    private static final int MAX_DIGITS = 16;
    private static final String ESCAPES = "\"\\bfnrt/";
    private static final String ESCAPED = "\"\\\b\f\n\r\t/";

    private final String text;
    private final boolean canonical;
    private int at;

    private JsonReader(String text, boolean canonical) {
        this.text = text;
        this.canonical = canonical;
    }

    static Json.Members canonical(byte[] buffer, int length) throws Fault {
        return new JsonReader(Encoding.utf8(buffer, length), true).document();
    }

    static Json.Members plain(byte[] bytes) throws Fault {
        return new JsonReader(Encoding.utf8(bytes, bytes.length), false).document();
    }

    private Json.Members document() throws Fault {
        space();
        if (peek() != '{') {
            throw fault("a JSON object is expected");
        }
        at++;
        Json.Members members = members(1);
        space();
        if (at != text.length()) {
            throw fault("text follows the JSON object");
        }
        return members;
    }

    private Json value(int depth) throws Fault {
        if (depth > MAX_DEPTH) {
            throw fault("nested deeper than " + MAX_DEPTH + " levels");
        }
        char c = peek();
        if (c == '-' || isDigit(c)) {
            return new Json.Whole(integer());
        }
        at++;
        return switch (c) {
            case '{' -> members(depth);
            case '[' -> items(depth);
            case '"' -> new Json.Text(string());
            case 't' -> literal("true", new Json.Truth(true));
            case 'f' -> literal("false", new Json.Truth(false));
            case 'n' -> literal("null", new Json.Nothing());
            default -> throw fault("a JSON value is expected");
        };
    }

    private Json.Members members(int depth) throws Fault {
        Map<String, Json> values = new TreeMap<>();
        String previous = "";
        space();
        if (take('}')) {
            return new Json.Members(values);
        }
        do {
            space();
            expect('"');
            String key = string();
            if (values.containsKey(key)) {
                throw fault("duplicate key " + Json.quote(key));
            }
            if (canonical && previous.compareTo(key) > 0) {
                throw fault("key " + Json.quote(key) + " is not in order");
            }
            previous = key;
            space();
            expect(':');
            space();
            values.put(key, value(depth + 1));
            space();
        } while (take(','));
        expect('}');
        return new Json.Members(values);
    }

    private Json.Items items(int depth) throws Fault {
        List<Json> values = new ArrayList<>();
        space();
        if (take(']')) {
            return new Json.Items(values);
        }
        do {
            space();
            values.add(value(depth + 1));
            space();
        } while (take(','));
        expect(']');
        return new Json.Items(values);
    }

    private String string() throws Fault {
        StringBuilder escaped = new StringBuilder();
        int start = at;
        while (true) {
            char c = peek();
            if (c < ' ') {
                throw fault("a control character or the end of the text inside a string");
            }
            at++;
            if (c == '"') {
                String run = text.substring(start, at - 1);
                return escaped.isEmpty() ? run : escaped.append(run).toString();
            }
            if (c == '\\') {
                escaped.append(text, start, at - 1).append(escape());
                start = at;
            }
        }
    }

    private char escape() throws Fault {
        char c = peek();
        at++;
        if (c != 'u') {
            int known = ESCAPES.indexOf(c);
            if (known < 0 || (canonical && c == '/')) {
                throw fault("an escape that is not allowed");
            }
            return ESCAPED.charAt(known);
        }
        int code = 0;
        for (int i = 0; i < 4; i++, at++) {
            char digit = peek();
            int value =
                    "0123456789abcdef".indexOf(canonical ? digit : Character.toLowerCase(digit));
            if (value < 0) {
                throw fault("four hexadecimal digits (in lower case) are expected");
            }
            code = code << 4 | value;
        }
        char decoded = (char) code;
        if (canonical && (decoded >= ' ' || ESCAPED.indexOf(decoded) >= 0)) {
            throw fault("a character is escaped longer than need be");
        }
        return decoded;
    }

    private long integer() throws Fault {
        int start = at;
        boolean negative = take('-');
        int digits = at;
        while (isDigit(peek())) {
            at++;
        }
        int count = at - digits;
        if (count == 0
                || count > MAX_DIGITS
                || (text.charAt(digits) == '0' && (count > 1 || negative))) {
            throw fault("not an integer in its shortest form");
        }
        long value = Long.parseLong(text, start, at, 10);
        if (Math.abs(value) > Json.MAX_INTEGER) {
            throw fault("an integer beyond 2^53 - 1");
        }
        return value;
    }

    private Json literal(String word, Json value) throws Fault {
        if (!text.startsWith(word, at - 1)) {
            throw fault("a JSON value is expected");
        }
        at += word.length() - 1;
        return value;
    }

    private void space() {
        while (!canonical && at < text.length() && " \t\n\r".indexOf(text.charAt(at)) >= 0) {
            at++;
        }
    }

    private void expect(char c) throws Fault {
        if (!take(c)) {
            throw fault("'" + c + "' is expected");
        }
    }

    private boolean take(char c) {
        boolean found = peek() == c && at < text.length();
        at += found ? 1 : 0;
        return found;
    }

    /// Character 0 at the end: no token begins with it.
    private char peek() {
        return at < text.length() ? text.charAt(at) : 0;
    }

    private static boolean isDigit(char c) {
        return c >= '0' && c <= '9';
    }

    private Fault fault(String reason) {
        return new Fault(
                (canonical ? "is not canonical JSON" : "is not JSON")
                        + " at character "
                        + at
                        + ": "
                        + reason);
    }
}
