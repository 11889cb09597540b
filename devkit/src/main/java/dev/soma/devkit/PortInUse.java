package dev.soma.devkit;

/// A busy port is told with its holder; it is never changed silently.
public final class PortInUse {
    private PortInUse() {}

    public static String explain(int port) {
        String holder =
                Processes.listener(port)
                        .map(found -> "is held by " + found)
                        .orElse(
                                "is held by a process of another user or another network namespace");
        return "port "
                + port
                + " "
                + holder
                + "; end that process, or choose another port with SOMA_PORT";
    }
}
