package dev.soma.cli;

/// The gateway's port: `SOMA_PORT`, else 10000.
final class GatewayPort {
    private static final int DEFAULT = 10_000;
    private static final int HIGHEST = 65_535;

    private GatewayPort() {}

    static int fromEnvironment() {
        return parse(System.getenv().getOrDefault("SOMA_PORT", ""));
    }

    static int parse(String text) {
        if (text.isBlank()) {
            return DEFAULT;
        }
        try {
            int port = Integer.parseInt(text.strip());
            if (port >= 1 && port <= HIGHEST) {
                return port;
            }
        } catch (NumberFormatException notANumber) {
            throw unusable(text, notANumber);
        }
        throw unusable(text, null);
    }

    private static CommandException unusable(
            String text, @org.jspecify.annotations.Nullable Throwable cause) {
        return new CommandException(
                "SOMA_PORT is '" + text + "'; it must be a number from 1 to " + HIGHEST, cause);
    }
}
