package dev.soma.verifier;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.soma.verifier.OpenVerdicts.Fingerprint;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;

/// What the entries say: their form, and that nothing was admitted without a verdict that allows
/// it.
final class Contents {
    private static final Set<String> TYPES =
            Set.of(
                    "verdict",
                    "evaluation",
                    "admission",
                    "act",
                    "cut",
                    "turn",
                    "project",
                    "constitution",
                    "start");
    private static final Set<String> ENDS = Set.of("completed", "stopped", "cut", "failed");
    private static final Pattern SHA256 = Pattern.compile("[0-9a-f]{64}");

    private final OpenVerdicts open = new OpenVerdicts();
    private final SortedMap<String, Long> counts = new TreeMap<>();
    private final MessageDigest sha256 = Tree.sha256();

    void accept(long index, byte[] buffer, int length) throws Fault {
        try {
            Json.Members entry = JsonReader.canonical(buffer, length);
            String type = text(entry, "type");
            if (integer(entry, "v") != 1 || !TYPES.contains(type)) {
                throw new Fault(
                        "is of no known kind: v "
                                + integer(entry, "v")
                                + ", type "
                                + Json.quote(type));
            }
            if (integer(entry, "ts_us") < 0) {
                throw new Fault("has a ts_us before 1970");
            }
            counts.merge(type, 1L, Long::sum);
            if (type.equals("verdict")) {
                open.add(index, fingerprint(entry), standing(text(entry, "verdict")));
            } else if (type.equals("evaluation")) {
                // Somebody else acts on it, so no admission follows; but it has to be a verdict.
                standing(text(entry, "verdict"));
                fingerprint(entry);
            } else if (type.equals("admission")) {
                admit(index, entry);
            } else if (type.equals("turn")) {
                end(index, entry);
            } else if (type.equals("project")) {
                report(entry);
            }
        } catch (Fault fault) {
            throw fault.at(index);
        }
    }

    SortedMap<String, Long> counts() {
        return counts;
    }

    /// Verdicts that allow, or ask for review, and that no admission names.
    long unadmitted() {
        return open.countAdmissible();
    }

    private void admit(long index, Json.Members entry) throws Fault {
        long verdict = integer(entry, "verdict_index");
        String outcome = text(entry, "outcome");
        boolean admitted = outcome.equals("admitted");
        if (!admitted && !outcome.equals("not_admitted")) {
            throw new Fault(
                    "has an outcome that is neither admitted nor not_admitted: "
                            + Json.quote(outcome));
        }
        if (verdict < 0 || verdict >= index) {
            throw new Fault(
                    "is an admission for entry " + verdict + ", which is not an earlier one");
        }
        long state = open.close(verdict, fingerprint(entry));
        if (state == OpenVerdicts.CLOSED) {
            throw new Fault(
                    "is an admission for entry "
                            + verdict
                            + ", which is no verdict on this decision or has its admission already");
        }
        if (admitted && state == OpenVerdicts.DENIED) {
            throw new Fault("admits what the verdict at entry " + verdict + " denied");
        }
    }

    private void end(long index, Json.Members entry) throws Fault {
        long verdict = integer(entry, "verdict_index");
        if (verdict < 0 || verdict >= index || open.isOpen(verdict)) {
            throw new Fault("ends a turn that was not admitted by entry " + verdict);
        }
        if (!ENDS.contains(text(entry, "state"))
                || !SHA256.matcher(text(entry, "journal_sha256")).matches()
                || integer(entry, "first_seq") < 1
                || integer(entry, "last_seq") < integer(entry, "first_seq")) {
            throw new Fault("does not say how a turn ended");
        }
    }

    private static void report(Json.Members entry) throws Fault {
        if (text(entry, "tenant").isEmpty()
                || text(entry, "project").isEmpty()
                || text(entry, "verdict").isEmpty()
                || integer(entry, "epoch") < 1
                || !SHA256.matcher(text(entry, "report_sha256")).matches()) {
            throw new Fault("does not say how a project ended");
        }
    }

    private static long standing(String verdict) throws Fault {
        return switch (verdict) {
            case "allow", "review" -> OpenVerdicts.ADMISSIBLE;
            case "deny" -> OpenVerdicts.DENIED;
            default ->
                    throw new Fault(
                            "has a verdict that is none of allow, deny, review: "
                                    + Json.quote(verdict));
        };
    }

    private Fingerprint fingerprint(Json.Members entry) throws Fault {
        ByteBuffer hash =
                ByteBuffer.wrap(sha256.digest(text(entry, "decision_id").getBytes(UTF_8)));
        return new Fingerprint(hash.getLong(), hash.getLong());
    }

    private static String text(Json.Members entry, String key) throws Fault {
        return entry.text(key).orElseThrow(() -> new Fault("has no text " + key));
    }

    private static long integer(Json.Members entry, String key) throws Fault {
        return entry.integer(key).orElseThrow(() -> new Fault("has no integer " + key));
    }
}
