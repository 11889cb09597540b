package dev.soma.witness;

import dev.soma.verifier.VerifierKey;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// The command line, as given.
record Arguments(Map<String, String> values, Set<String> flags) {
    private static final Set<String> VALUED = Set.of("--listen", "--state", "--name", "--log");
    private static final Set<String> FLAGS = Set.of("--init", "--admit");
    private static final int MAX_LOGS = 10_000;

    Arguments {
        values = Map.copyOf(values);
        flags = Set.copyOf(flags);
    }

    /// Wrong use; the message says of what.
    static final class Misuse extends Exception {
        private static final long serialVersionUID = 1L;

        Misuse(String message) {
            super(message);
        }
    }

    static Arguments parse(String[] words) throws Misuse {
        Map<String, String> values = new HashMap<>();
        Set<String> flags = new HashSet<>();
        for (int i = 0; i < words.length; i++) {
            if (FLAGS.contains(words[i])) {
                flags.add(words[i]);
            } else if (!VALUED.contains(words[i]) || i + 1 == words.length) {
                throw new Misuse("unknown option, or one without its value: " + words[i]);
            } else if (values.put(words[i], words[++i]) != null) {
                throw new Misuse(words[i - 1] + " is given twice");
            }
        }
        return new Arguments(values, Set.copyOf(flags));
    }

    boolean has(String option) {
        return flags.contains(option) || values.containsKey(option);
    }

    String require(String option) throws Misuse {
        String value = values.get(option);
        if (value == null || value.isBlank()) {
            throw new Misuse(option + " is missing");
        }
        return value;
    }

    Path state() throws Misuse {
        return Path.of(require("--state")).toAbsolutePath();
    }

    InetSocketAddress listen() throws Misuse, IOException {
        String text = require("--listen");
        int colon = text.lastIndexOf(':');
        if (colon < 1 || !text.substring(colon + 1).matches("[0-9]{1,5}")) {
            throw new Misuse("--listen takes host:port");
        }
        int port = Integer.parseInt(text.substring(colon + 1));
        if (port > 0xffff) {
            throw new Misuse("--listen takes a port up to 65535");
        }
        return new InetSocketAddress(InetAddress.getByName(text.substring(0, colon)), port);
    }

    /// The verifier keys in the file, one a line; empty lines and those led by `#` are passed over.
    List<VerifierKey> logs() throws Misuse, IOException {
        List<VerifierKey> keys = new ArrayList<>();
        for (String line : Files.readAllLines(Path.of(require("--log")))) {
            if (line.isBlank() || line.startsWith("#")) {
                continue;
            }
            try {
                keys.add(VerifierKey.parse(line));
            } catch (IllegalArgumentException e) {
                throw new Misuse("--log: " + line + ": " + e.getMessage());
            }
            if (keys.size() > MAX_LOGS) {
                throw new Misuse("--log: more than " + MAX_LOGS + " keys");
            }
        }
        return keys;
    }
}
