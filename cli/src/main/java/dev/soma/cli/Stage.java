package dev.soma.cli;

import java.io.Console;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// What the demo shows on the terminal: numbered steps, what was sent, what came back, and whether
/// it was right.
final class Stage {
    private final PrintStream out;
    private final boolean colours;
    private final List<String> held = new ArrayList<>();
    private int step;

    Stage(PrintStream out) {
        this.out = out;
        boolean terminal =
                Optional.ofNullable(System.console()).map(Console::isTerminal).orElse(false);
        this.colours = terminal && System.getenv("NO_COLOR") == null;
    }

    void title(String text) {
        step++;
        out.println();
        out.println(paint("1", "%d. %s".formatted(step, text)));
    }

    void sent(String text) {
        out.println(paint("36", "   -> ") + text);
    }

    void received(String text) {
        for (String line : text.split("\n", -1)) {
            out.println(paint("32", "   <- ") + line);
        }
    }

    /// Begins a line that grows with [#grow].
    void begin() {
        out.print(paint("32", "   <- "));
        out.flush();
    }

    void grow(String piece) {
        out.print(piece.replace("\n", "\n      "));
        out.flush();
    }

    void endLine() {
        out.println();
    }

    void note(String text) {
        out.println("      " + text);
    }

    /// Ends the demo when a promise does not hold.
    void hold(boolean holds, String promise) {
        if (!holds) {
            out.println(paint("31", "   NOT HELD: ") + promise);
            throw new CommandException("the demo stopped, because this does not hold: " + promise);
        }
        held.add(promise);
        out.println(paint("32", "   ok ") + promise);
    }

    List<String> held() {
        return List.copyOf(held);
    }

    void line(String text) {
        out.println(text);
    }

    String paint(String code, String text) {
        return colours ? "\u001b[" + code + "m" + text + "\u001b[0m" : text;
    }
}
