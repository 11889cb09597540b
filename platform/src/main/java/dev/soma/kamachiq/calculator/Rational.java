package dev.soma.kamachiq.calculator;

import java.math.BigInteger;

/// An exact fraction in lowest terms, its denominator positive.
record Rational(BigInteger numerator, BigInteger denominator) {
    static Rational of(BigInteger numerator, BigInteger denominator) {
        BigInteger divisor = numerator.gcd(denominator);
        if (denominator.signum() < 0) {
            divisor = divisor.negate();
        }
        return new Rational(numerator.divide(divisor), denominator.divide(divisor));
    }

    static Rational of(BigInteger whole) {
        return new Rational(whole, BigInteger.ONE);
    }

    boolean isZero() {
        return numerator.signum() == 0;
    }

    boolean isWhole() {
        return denominator.equals(BigInteger.ONE);
    }

    Rational negate() {
        return new Rational(numerator.negate(), denominator);
    }

    Rational plus(Rational other) {
        return of(
                numerator.multiply(other.denominator).add(other.numerator.multiply(denominator)),
                denominator.multiply(other.denominator));
    }

    Rational times(Rational other) {
        return of(numerator.multiply(other.numerator), denominator.multiply(other.denominator));
    }

    /// @throws ArithmeticException when the other is zero
    Rational dividedBy(Rational other) {
        return of(numerator.multiply(other.denominator), denominator.multiply(other.numerator));
    }

    /// What is left when as many whole others as fit are taken away; it has the other's sign.
    Rational modulo(Rational other) {
        Rational quotient = dividedBy(other);
        BigInteger[] parts = quotient.numerator.divideAndRemainder(quotient.denominator);
        BigInteger floor = parts[1].signum() < 0 ? parts[0].subtract(BigInteger.ONE) : parts[0];
        return plus(of(floor).times(other).negate());
    }

    Rational power(int exponent) {
        return exponent >= 0
                ? new Rational(numerator.pow(exponent), denominator.pow(exponent))
                : of(denominator.pow(-exponent), numerator.pow(-exponent));
    }

    /// This times ten to the power of the decimals, rounded half to even.
    BigInteger scaled(int decimals) {
        BigInteger[] parts =
                numerator
                        .abs()
                        .multiply(BigInteger.TEN.pow(decimals))
                        .divideAndRemainder(denominator);
        int half = parts[1].shiftLeft(1).compareTo(denominator);
        boolean up = half > 0 || (half == 0 && parts[0].testBit(0));
        BigInteger rounded = up ? parts[0].add(BigInteger.ONE) : parts[0];
        return numerator.signum() < 0 ? rounded.negate() : rounded;
    }

    /// Bits of the larger of its two parts.
    int bits() {
        return Math.max(numerator.abs().bitLength(), denominator.bitLength());
    }
}
