package dev.soma.kamachiq.calculator;

/// What two numbers can be joined by.
public enum Operation {
    ADD("add", "+"),
    SUBTRACT("subtract", "-"),
    MULTIPLY("multiply", "*"),
    DIVIDE("divide", "/"),
    MODULO("modulo", "%"),
    POWER("power", "**");

    private final String word;
    private final String symbol;

    Operation(String word, String symbol) {
        this.word = word;
        this.symbol = symbol;
    }

    /// Its name on a command line.
    public String word() {
        return word;
    }

    /// Its sign in an expression.
    public String symbol() {
        return symbol;
    }
}
