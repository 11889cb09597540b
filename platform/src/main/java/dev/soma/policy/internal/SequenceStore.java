package dev.soma.policy.internal;

import dev.soma.kernel.TenantId;
import dev.soma.kernel.json.CanonicalJson;
import dev.soma.kernel.json.JsonValue;
import dev.soma.kernel.json.JsonValue.JsonInteger;
import dev.soma.kernel.json.JsonValue.JsonObject;
import dev.soma.kernel.json.MalformedJson;
import dev.soma.kernel.json.StrictJson;
import dev.soma.policy.internal.SequenceState.Observation;
import dev.soma.policy.internal.SequenceState.Slot;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.support.TransactionTemplate;

/// States of sequence rules in PostgreSQL, each locked while a request is weighed against it, so
/// that no two requests pass where only one may. Blocks.
class SequenceStore {
    private final JdbcClient jdbc;
    private final TransactionTemplate transactions;

    SequenceStore(JdbcClient jdbc, TransactionTemplate transactions) {
        this.jdbc = jdbc;
        this.transactions = transactions;
    }

    /// One rule to weigh a request against.
    ///
    /// @param counts whether the request is one that the rule bounds; else it only is one that the
    /// rule asks for
    /// @param notes whether it is what the rule asks for
    record Step(
            String rule,
            SequenceRule spec,
            String scopeKey,
            long amount,
            String value,
            boolean counts,
            boolean notes) {}

    /// Weighs a request against all its rules and, where none is broken, remembers it.
    ///
    /// @param id by which it can be taken back
    /// @return what each rule that bounds it observes
    Map<String, Long> reserve(TenantId tenant, UUID id, List<Step> steps) {
        List<Step> ordered = new ArrayList<>(steps);
        ordered.sort(
                Comparator.comparing((Step step) -> step.spec().key())
                        .thenComparing(Step::scopeKey));
        return transactions.execute(status -> weigh(tenant, id, ordered));
    }

    private Map<String, Long> weigh(TenantId tenant, UUID id, List<Step> steps) {
        List<SequenceState> states = new ArrayList<>();
        for (Step step : steps) {
            states.add(lock(tenant, step));
        }
        // After the locks, so that the order of times is that of the turns.
        long now =
                jdbc.sql("SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint")
                        .query(Long.class)
                        .single();
        Map<String, Long> observed = new LinkedHashMap<>();
        boolean broken = false;
        for (int i = 0; i < steps.size(); i++) {
            Step step = steps.get(i);
            Slot slot = new Slot(now, id, step.amount(), step.value());
            SequenceState next = states.get(i);
            if (step.counts()) {
                Observation observation =
                        next.observe(step.spec().kind(), step.spec().bound(), slot);
                observed.put(step.rule(), observation.value());
                broken |= step.spec().isBroken(observation.value());
                next = observation.next();
            }
            states.set(i, step.notes() ? next.note(slot) : next);
        }
        if (!broken) {
            for (int i = 0; i < steps.size(); i++) {
                write(tenant, steps.get(i), states.get(i));
            }
        }
        return observed;
    }

    /// Takes back what a request that did not go on added.
    void release(TenantId tenant, UUID id, List<Step> steps) {
        List<Step> ordered = new ArrayList<>(steps);
        ordered.sort(
                Comparator.comparing((Step step) -> step.spec().key())
                        .thenComparing(Step::scopeKey));
        transactions.executeWithoutResult(
                status -> {
                    for (Step step : ordered) {
                        write(tenant, step, lock(tenant, step).release(id));
                    }
                });
    }

    private SequenceState lock(TenantId tenant, Step step) {
        jdbc.sql(
                        """
                        INSERT INTO sequence_state (tenant, rule, scope_key, slots, touched_at)
                        VALUES (?, ?, ?, '{"slots":[]}', now()) ON CONFLICT DO NOTHING
                        """)
                .param(tenant.value())
                .param(step.spec().key())
                .param(step.scopeKey())
                .update();
        byte[] slots =
                jdbc.sql(
                                "SELECT slots FROM sequence_state WHERE tenant = ? AND rule = ? AND scope_key = ? FOR UPDATE")
                        .param(tenant.value())
                        .param(step.spec().key())
                        .param(step.scopeKey())
                        .query((row, i) -> row.getBytes(1))
                        .single();
        return read(slots);
    }

    private void write(TenantId tenant, Step step, SequenceState state) {
        jdbc.sql(
                        """
                        UPDATE sequence_state SET slots = ?, touched_at = now()
                        WHERE tenant = ? AND rule = ? AND scope_key = ?
                        """)
                .param(write(state))
                .param(tenant.value())
                .param(step.spec().key())
                .param(step.scopeKey())
                .update();
    }

    private static byte[] write(SequenceState state) {
        return CanonicalJson.JCS.bytes(
                JsonValue.object()
                        .put(
                                "slots",
                                JsonValue.array(
                                        state.slots().stream()
                                                .map(SequenceStore::document)
                                                .toList()))
                        .build());
    }

    private static JsonObject document(Slot slot) {
        return JsonValue.object()
                .put("at", slot.atMillis())
                .put("id", slot.id().toString())
                .put("amount", slot.amount())
                .put("value", slot.value())
                .build();
    }

    private static SequenceState read(byte[] bytes) {
        try {
            List<Slot> slots = new ArrayList<>();
            for (JsonValue item : StrictJson.parseObject(bytes).items("slots")) {
                if (item instanceof JsonObject slot) {
                    slots.add(
                            new Slot(
                                    whole(slot, "at"),
                                    UUID.fromString(slot.text("id").orElse("")),
                                    whole(slot, "amount"),
                                    slot.text("value").orElse("")));
                }
            }
            return new SequenceState(slots);
        } catch (MalformedJson e) {
            throw new IllegalStateException("a stored sequence is not JSON any more", e);
        }
    }

    private static long whole(JsonObject slot, String name) {
        return slot.members().get(name) instanceof JsonInteger(var number)
                ? number.longValueExact()
                : 0;
    }

    /// Forgets what no rule can look back to any more.
    void expire() {
        jdbc.sql("DELETE FROM sequence_state WHERE touched_at < now() - interval '30 days'")
                .update();
    }
}
