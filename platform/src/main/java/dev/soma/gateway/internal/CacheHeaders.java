package dev.soma.gateway.internal;

import dev.soma.conversation.TurnEvent.CacheUse;
import dev.soma.conversation.Turns.Caching;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// How callers and the cache of answers talk: `Cache-Control` and `Age` (RFC 9111), `Cache-Status`
/// (RFC 9211).
final class CacheHeaders {
    private static final Pattern MAX_AGE = Pattern.compile("max-age=([0-9]{1,10})");

    private CacheHeaders() {}

    /// What a caller thinks of kept answers; a directive that is not known changes nothing.
    static Caching wish(HttpServerRequest request) {
        boolean store = true;
        long maxAge = Caching.ANY.maxAgeSeconds();
        for (String header : request.headers().getAll("Cache-Control")) {
            for (String part : header.toLowerCase(Locale.ROOT).split(",", -1)) {
                String directive = part.strip();
                Matcher age = MAX_AGE.matcher(directive);
                if (directive.equals("no-store")) {
                    store = false;
                    maxAge = 0;
                } else if (directive.equals("no-cache")) {
                    maxAge = 0;
                } else if (age.matches()) {
                    maxAge = Math.min(maxAge, Long.parseLong(age.group(1)));
                }
            }
        }
        return new Caching(store, maxAge);
    }

    static void tell(CacheUse use, HttpServerResponse response) {
        response.putHeader(
                "Cache-Status",
                switch (use.kind()) {
                    case HIT -> "soma; hit";
                    case MISS -> "soma; fwd=miss";
                    case BYPASS -> "soma; fwd=request";
                });
        if (use.kind() == CacheUse.Kind.HIT) {
            response.putHeader("Age", Long.toString(use.ageSeconds()));
        }
    }
}
