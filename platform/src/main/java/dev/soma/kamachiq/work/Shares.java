package dev.soma.kamachiq.work;

import io.temporal.common.Priority;
import java.util.Map;
import java.util.TreeMap;

/// What tenants get of the workers when there is not enough for all: as much for each, or more for
/// those that weigh more. Temporal keeps to it where `matching.enableFairness` is on.
///
/// @param weights of tenants that do not weigh 1
public record Shares(Map<String, Float> weights) {
    private static final float LEAST = 0.001f;
    private static final float MOST = 1_000;

    public Shares {
        weights = Map.copyOf(weights);
    }

    /// @param text such as `acme=2 labs=0.5`
    /// @throws IllegalArgumentException for anything else, or a weight beyond 0.001 to 1000
    public static Shares parse(String text) {
        Map<String, Float> weights = new TreeMap<>();
        for (String part : text.isBlank() ? new String[0] : text.strip().split("[ ,]+")) {
            String[] pair = part.split("=", -1);
            if (pair.length != 2 || pair[0].isEmpty()) {
                throw new IllegalArgumentException("a share is tenant=weight, not " + part);
            }
            float weight = Float.parseFloat(pair[1]);
            if (!(weight >= LEAST && weight <= MOST)) {
                throw new IllegalArgumentException("a weight is from 0.001 to 1000: " + part);
            }
            weights.put(pair[0], weight);
        }
        return new Shares(weights);
    }

    /// What a tenant's workflows are started with; everything below them inherits it.
    public Priority of(String tenant) {
        return Priority.newBuilder()
                .setFairnessKey(tenant)
                .setFairnessWeight(weights.getOrDefault(tenant, 1f))
                .build();
    }
}
