package dev.soma.replay;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import tools.jackson.databind.JsonNode;

/// Writes JSON in one of two canonical forms: RFC 8785, and CPython's
/// `json.dumps(sort_keys=True, separators=(",",":"))`.
enum Canonical {
    /// RFC 8785, with numbers as ECMAScript writes them.
    JCS {
        @Override
        int compare(String a, String b) {
            return a.compareTo(b);
        }

        @Override
        void character(StringBuilder out, char c) {
            if (c < ' ') {
                out.append("\\u%04x".formatted((int) c));
            } else {
                out.append(c);
            }
        }

        @Override
        void fraction(StringBuilder out, double value) {
            out.append(ecmaScript(value));
        }
    },

    /// Escapes whatever is not ASCII, and orders keys by code point.
    PYTHON {
        @Override
        int compare(String a, String b) {
            return Arrays.compare(a.codePoints().toArray(), b.codePoints().toArray());
        }

        @Override
        void character(StringBuilder out, char c) {
            if (c < ' ' || c > '~') {
                out.append("\\u%04x".formatted((int) c));
            } else {
                out.append(c);
            }
        }

        @Override
        void fraction(StringBuilder out, double value) {
            out.append(pythonRepr(value));
        }
    };

    /// The order of keys.
    abstract int compare(String a, String b);

    abstract void character(StringBuilder out, char c);

    abstract void fraction(StringBuilder out, double value);

    byte[] bytes(JsonNode node) {
        StringBuilder out = new StringBuilder();
        write(out, node);
        return out.toString().getBytes(StandardCharsets.UTF_8);
    }

    private void write(StringBuilder out, JsonNode node) {
        switch (node.getNodeType()) {
            case OBJECT -> object(out, node);
            case ARRAY -> {
                String separator = "[";
                for (JsonNode item : node) {
                    out.append(separator);
                    write(out, item);
                    separator = ",";
                }
                out.append(node.isEmpty() ? "[]" : "]");
            }
            case STRING -> text(out, node.stringValue());
            case BOOLEAN -> out.append(node.booleanValue());
            case NUMBER -> {
                if (node.isIntegralNumber()) {
                    out.append(node.bigIntegerValue());
                } else {
                    fraction(out, node.doubleValue());
                }
            }
            case NULL -> out.append("null");
            case BINARY, MISSING, POJO -> throw new IllegalArgumentException("not JSON");
        }
    }

    private void object(StringBuilder out, JsonNode node) {
        Map<String, JsonNode> members = new TreeMap<>(this::compare);
        node.properties().forEach(member -> members.put(member.getKey(), member.getValue()));
        String separator = "{";
        for (Map.Entry<String, JsonNode> member : members.entrySet()) {
            out.append(separator);
            text(out, member.getKey());
            out.append(':');
            write(out, member.getValue());
            separator = ",";
        }
        out.append(members.isEmpty() ? "{}" : "}");
    }

    private void text(StringBuilder out, String text) {
        out.append('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            switch (c) {
                case '"', '\\' -> out.append('\\').append(c);
                case '\b' -> out.append("\\b");
                case '\f' -> out.append("\\f");
                case '\n' -> out.append("\\n");
                case '\r' -> out.append("\\r");
                case '\t' -> out.append("\\t");
                default -> character(out, c);
            }
        }
        out.append('"');
    }

    /// The shortest decimal that reads back as this number. Java writes two digits at least, where
    /// one
    /// may do.
    private static BigDecimal shortest(double value) {
        BigDecimal written = new BigDecimal(Double.toString(value)).stripTrailingZeros();
        BigDecimal shorter = written.round(new MathContext(1, RoundingMode.HALF_EVEN));
        return (shorter.doubleValue() == value ? shorter : written).stripTrailingZeros();
    }

    /// ECMAScript's `Number::toString`: the shortest digits, plain from 1e-6 to below 1e21, else
    /// with an exponent.
    static String ecmaScript(double value) {
        if (value == 0) {
            return "0";
        }
        BigDecimal shortest = shortest(Math.abs(value));
        String digits = shortest.unscaledValue().toString();
        int exponent = digits.length() - shortest.scale() - 1;
        String sign = value < 0 ? "-" : "";
        if (exponent >= -6 && exponent < 21) {
            return sign + shortest.toPlainString();
        }
        String rest = digits.substring(1);
        return sign
                + digits.charAt(0)
                + (rest.isEmpty() ? "" : "." + rest)
                + (exponent < 0 ? "e-" : "e+")
                + Math.abs(exponent);
    }

    /// CPython's `repr` of a float: the shortest digits, with an exponent below 1e-4 and from 1e16.
    static String pythonRepr(double value) {
        if (value == 0) {
            return 1 / value < 0 ? "-0.0" : "0.0";
        }
        BigDecimal shortest = shortest(Math.abs(value));
        String digits = shortest.unscaledValue().toString();
        int exponent = digits.length() - shortest.scale() - 1;
        String sign = value < 0 ? "-" : "";
        if (exponent < -4 || exponent >= 16) {
            String rest = digits.substring(1);
            return "%s%s%s%se%s%02d"
                    .formatted(
                            sign,
                            digits.charAt(0),
                            rest.isEmpty() ? "" : ".",
                            rest,
                            exponent < 0 ? "-" : "+",
                            Math.abs(exponent));
        }
        String plain = shortest.toPlainString();
        return sign + (plain.contains(".") ? plain : plain + ".0");
    }
}
