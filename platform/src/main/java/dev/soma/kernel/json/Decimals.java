package dev.soma.kernel.json;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;

/// Lays out the shortest decimal digits of a double the way other languages do. `Double.toString`
/// yields the
/// shortest digits since JDK 19; only its layout differs from ECMAScript's and Python's.
final class Decimals {
    private final boolean negative;
    private final String digits;

    /// Position of the decimal point: value = 0.DIGITS x 10^point.
    private final int point;

    private Decimals(double value) {
        BigDecimal shortest = shortest(Math.abs(value)).stripTrailingZeros();
        this.negative = Double.doubleToRawLongBits(value) < 0;
        this.digits = shortest.unscaledValue().toString();
        this.point = digits.length() - shortest.scale();
    }

    /// The fewest digits that read back as the same double. `Double.toString` never writes fewer
    /// than
    /// two, so near the smallest subnormal a single digit is tried first.
    private static BigDecimal shortest(double value) {
        BigDecimal digits = new BigDecimal(Double.toString(value));
        if (digits.precision() == 2) {
            BigDecimal one = digits.round(new MathContext(1, RoundingMode.HALF_EVEN));
            return one.doubleValue() == value ? one : digits;
        }
        return digits;
    }

    /// ECMA-262 Number::toString, which RFC 8785 prescribes.
    static String ecmaScript(double value) {
        if (value == 0) {
            return "0";
        }
        Decimals d = new Decimals(value);
        String body =
                d.point > 21 || d.point < -5
                        ? d.exponent("e%+d")
                        : d.point <= 0 ? d.leading() : d.plain("");
        return d.negative ? "-" + body : body;
    }

    /// CPython's float.__repr__: exponent form below 1e-4 and from 1e16 on, two exponent digits, a
    /// fraction always.
    static String python(double value) {
        if (value == 0) {
            return Double.doubleToRawLongBits(value) < 0 ? "-0.0" : "0.0";
        }
        Decimals d = new Decimals(value);
        String body =
                d.point > 16 || d.point < -3
                        ? d.exponent("e%+03d")
                        : d.point <= 0 ? d.leading() : d.plain(".0");
        return d.negative ? "-" + body : body;
    }

    private String leading() {
        return "0." + "0".repeat(-point) + digits;
    }

    private String plain(String whole) {
        return point >= digits.length()
                ? digits + "0".repeat(point - digits.length()) + whole
                : digits.substring(0, point) + "." + digits.substring(point);
    }

    private String exponent(String format) {
        String fraction = digits.length() == 1 ? "" : "." + digits.substring(1);
        return digits.charAt(0) + fraction + format.formatted(point - 1);
    }
}
