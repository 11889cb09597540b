package dev.soma.runtime;

import java.util.List;

/// The process must not start; the message lists every reason, one a line.
public final class StartupRefused extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public StartupRefused(List<String> reasons) {
        super(String.join("\n", reasons));
    }
}
