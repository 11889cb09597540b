package dev.soma.kamachiq.requirement;

import dev.soma.kamachiq.requirement.Requirement.Kind;
import dev.soma.kamachiq.requirement.Requirement.Origin;
import dev.soma.kamachiq.service.Service;
import dev.soma.kamachiq.service.Service.Answer;
import dev.soma.kamachiq.service.Service.Condition;
import dev.soma.kamachiq.service.Service.Field;
import dev.soma.kamachiq.service.Service.Storage;
import dev.soma.kamachiq.service.Service.Verb;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/// Reads specifications of services that keep records of one kind. Not thread-safe; one reader
/// reads one specification.
final class ServiceReader {
    private static final Pattern SERVICE =
            Pattern.compile(
                    "\\b(?:rest(?:ful)?|http|crud)[- ](?:services?|apis?|servers?|backends?)\\b");
    private static final Pattern CALCULATOR = Pattern.compile("\\bcalculat\\w*\\b");
    private static final Pattern DELIVERED =
            Pattern.compile(
                    "\\b(?:unit[- ]?tests?|tests?|read-?me(?:\\.md)?|documentation|docs"
                            + "|standard library only|only the standard library|no dependencies"
                            + "|without dependencies|loopback(?: interface)?|localhost)\\b");
    private static final Pattern KEEPS =
            Pattern.compile(
                    "\\b(?:keeps?|stores?|manages?|keeping|storing|managing)\\s+([a-z][a-z0-9_]{1,30}s)\\b");
    private static final Pattern HAS =
            Pattern.compile("\\b(?:an?|each|every)\\s+([a-z][a-z0-9_]{1,30})\\s+has\\b");
    private static final Pattern FIELD =
            Pattern.compile(
                    "\\b(?:an? )?([a-z][a-z0-9_]{0,30})(?: flag| number)? ?\\((text|string|integer|whole number|boolean|yes or no)"
                            + "(?:, ?(required|optional))?\\)");
    private static final Pattern CAN =
            Pattern.compile("\\b(?:can|may|cannot|can't|supports?|offers?|allows?|without)\\b");
    private static final Pattern DENIAL =
            Pattern.compile("\\b(?:cannot|can't|can not|may not|without|no|not|never|nor)\\b");
    private static final Pattern AFFIRMATION =
            Pattern.compile("\\b(?:can(?! not)|may(?! not)|supports?|offers?|allows?|but)\\b");
    private static final Map<Verb, Pattern> VERBS =
            inOrder(
                    Verb.class,
                    Map.of(
                            Verb.CREATE, verb("create[ds]?|creating|adds?|added|adding"),
                            Verb.LIST, verb("lists?|listed|listing"),
                            Verb.READ, verb("reads?|reading|gets?|getting|fetch(?:es|ed|ing)?"),
                            Verb.REPLACE,
                                    verb(
                                            "updat(?:es?|ed|ing)|chang(?:es?|ed|ing)|replac(?:es?|ed|ing)|edit(?:s|ed|ing)?"),
                            Verb.DELETE, verb("delet(?:es?|ed|ing)|remov(?:es?|ed|ing)")));
    private static final Pattern STATUS =
            Pattern.compile(
                    "\\b(?:with |by )?(?:the |a )?(?:http )?(?:status|code)(?: code)? (\\d{3})\\b");
    private static final Pattern TEXT =
            Pattern.compile("(?:the )?(?:errors?|text|messages?)? ?\"([^\"]{1,200})\"");
    private static final Map<Storage, Pattern> STORAGES =
            inOrder(
                    Storage.class,
                    Map.of(
                            Storage.SQLITE,
                            Pattern.compile(
                                    "\\b(?:an? )?sqlite3?(?: database| file)?\\b|\\bsurvives? (?:a )?restarts?\\b"),
                            Storage.MEMORY,
                            Pattern.compile("\\bmemory(?: only)?\\b")));
    private static final int LONGEST_TEXT = 70;
    private static final Pattern PLAIN = Pattern.compile("[ -~]*");

    private final Findings findings = new Findings();
    private final List<Field> fields = new ArrayList<>();
    private final Set<String> singulars = new TreeSet<>();
    private final Set<String> plurals = new TreeSet<>();
    private final Set<Verb> offered = EnumSet.noneOf(Verb.class);
    private final Set<Verb> denied = EnumSet.noneOf(Verb.class);
    private final Set<Storage> storages = EnumSet.noneOf(Storage.class);
    private final Map<Condition, Answer> failures = new EnumMap<>(Service.usualFailures());

    private ServiceReader() {}

    /// In the order of the kind itself: what a text comes to may not depend on the process.
    private static <K extends Enum<K>> Map<K, Pattern> inOrder(
            Class<K> kind, Map<K, Pattern> patterns) {
        Map<K, Pattern> ordered = new EnumMap<>(kind);
        ordered.putAll(patterns);
        return Collections.unmodifiableMap(ordered);
    }

    private static Pattern verb(String forms) {
        return Pattern.compile("\\b(?:" + forms + ")\\b");
    }

    /// Whether the texts speak of a service, and of nothing that calculates.
    static boolean isAbout(Map<String, String> sources) {
        boolean service = false;
        for (var source : sources.entrySet()) {
            for (Sentence sentence : Sentence.of(source.getKey(), source.getValue())) {
                service |= sentence.has(SERVICE);
                if (sentence.has(CALCULATOR)) {
                    return false;
                }
            }
        }
        return service;
    }

    static Reading read(Map<String, String> sources) {
        return new ServiceReader().readAll(sources);
    }

    private Reading readAll(Map<String, String> sources) {
        List<Sentence> sentences = new ArrayList<>();
        sources.forEach((name, text) -> sentences.addAll(Sentence.of(name, text)));
        sentences.forEach(this::records);
        sentences.forEach(this::read);
        Set<String> plain = new HashSet<>(Words.OF_SERVICES);
        plain.addAll(singulars);
        plain.addAll(plurals);
        sentences.forEach(sentence -> sentence.leftOver(plain).forEach(findings.gaps()::add));
        Optional<Service> service = service();
        findings.sort();
        return new Reading(
                Optional.empty(), service, findings.requirements(), List.of(), findings.gaps());
    }

    /// What the records are called has to be known before the rest is read.
    private void records(Sentence sentence) {
        for (MatchResult match : sentence.find(KEEPS)) {
            sentence.understand(match);
            called(plurals, match.group(1), sentence, match);
        }
        for (MatchResult match : sentence.find(HAS)) {
            sentence.understand(match);
            called(singulars, match.group(1), sentence, match);
        }
    }

    private void called(Set<String> words, String word, Sentence sentence, MatchResult match) {
        if (words.add(word)) {
            findings.add(Kind.RECORD, word, sentence, match);
        }
        if (words.size() > 1) {
            findings.conflict(sentence, match, "it keeps records of another kind already");
        }
    }

    private void read(Sentence sentence) {
        sentence.understand(SERVICE);
        sentence.understand(DELIVERED);
        findings.names(sentence);
        sentence.find(FIELD).forEach(match -> field(sentence, match));
        if (!failure(sentence)) {
            verbs(sentence);
        }
        STORAGES.forEach(
                (storage, pattern) ->
                        sentence.find(pattern).forEach(match -> storage(sentence, match, storage)));
    }

    private void field(Sentence sentence, MatchResult match) {
        sentence.understand(match);
        String name = match.group(1);
        Service.Type type =
                switch (match.group(2)) {
                    case "text", "string" -> Service.Type.TEXT;
                    case "integer", "whole number" -> Service.Type.INTEGER;
                    default -> Service.Type.BOOLEAN;
                };
        if (name.equals("id") || name.length() < 2) {
            findings.unresolved(
                    sentence, match, "a field has a name of 2 to 31 of a-z 0-9 _, and not id");
            return;
        }
        Field field = new Field(name, type, "required".equals(match.group(3)));
        if (fields.stream().anyMatch(other -> other.name().equals(name))) {
            if (!fields.contains(field)) {
                findings.conflict(sentence, match, "the field is another already");
            }
            return;
        }
        fields.add(field);
        findings.add(
                Kind.FIELD,
                "%s, %s%s".formatted(name, type, field.required() ? ", required" : ""),
                sentence,
                match);
    }

    /// @return whether the sentence is about a failure
    private boolean failure(Sentence sentence) {
        String record =
                singulars.isEmpty() ? "record" : "(?:record|" + String.join("|", singulars) + ")";
        Map<Condition, Pattern> conditions =
                Map.of(
                        Condition.UNKNOWN,
                        Pattern.compile(
                                "\\b(?:an? )?(?:unknown|missing|nonexistent) " + record + "s?\\b"),
                        Condition.INVALID,
                        Pattern.compile(
                                "\\b(?:an? )?(?:invalid|malformed|bad|wrong) (?:"
                                        + record
                                        + "s?|body|bodies|input|requests?)\\b"));
        Set<Condition> about = EnumSet.noneOf(Condition.class);
        conditions.forEach(
                (condition, pattern) -> {
                    if (sentence.has(pattern)) {
                        about.add(condition);
                        sentence.understand(pattern);
                    }
                });
        about.forEach(condition -> answer(sentence, condition));
        return !about.isEmpty();
    }

    private void answer(Sentence sentence, Condition condition) {
        Answer usual = Service.usualFailures().getOrDefault(condition, new Answer(400, ""));
        int status = usual.status();
        String text = usual.text();
        for (MatchResult match : sentence.find(STATUS)) {
            sentence.understand(match);
            int asked = Integer.parseInt(match.group(1));
            if (asked < 400 || asked > 499) {
                findings.unresolved(sentence, match, "a client's fault has a status of 400 to 499");
            } else {
                status = asked;
            }
        }
        for (MatchResult match : sentence.find(TEXT)) {
            sentence.understand(match);
            String asked = sentence.written(match, 1);
            if (asked.length() > LONGEST_TEXT || !PLAIN.matcher(asked).matches()) {
                findings.unresolved(
                        sentence,
                        match,
                        "an error is up to %d plain characters".formatted(LONGEST_TEXT));
            } else {
                text = asked;
            }
        }
        Answer answer = new Answer(status, text);
        failures.put(condition, answer);
        findings.requirements()
                .add(
                        new Requirement(
                                Kind.FAILURE,
                                "%s: %d \"%s\"".formatted(condition.words(), status, text),
                                Origin.PARSED,
                                Optional.empty()));
    }

    /// Only sentences that say what can be done, so that `create a service` asks for no verb.
    private void verbs(Sentence sentence) {
        if (!sentence.has(CAN)) {
            return;
        }
        sentence.understand(CAN);
        sentence.understand(DENIAL);
        for (var verb : VERBS.entrySet()) {
            for (MatchResult match : sentence.find(verb.getValue())) {
                if (sentence.isUnderstood(match)) {
                    continue;
                }
                sentence.understand(match);
                boolean no = sentence.isDenied(match, DENIAL, AFFIRMATION);
                (no ? denied : offered).add(verb.getKey());
                findings.add(
                        no ? Kind.FORBIDDEN : Kind.OPERATION,
                        verb.getKey().name(),
                        sentence,
                        match);
                if (offered.contains(verb.getKey()) && denied.contains(verb.getKey())) {
                    findings.conflict(sentence, match, "it is asked for and forbidden");
                }
            }
        }
    }

    private void storage(Sentence sentence, MatchResult match, Storage storage) {
        sentence.understand(match);
        if (storages.add(storage)) {
            findings.add(Kind.STORAGE, storage.name(), sentence, match);
        }
        if (storages.size() > 1) {
            findings.conflict(sentence, match, "records are kept elsewhere already");
        }
    }

    /// Empty when it is not said what the records are.
    private Optional<Service> service() {
        if (fields.isEmpty() || singulars.isEmpty()) {
            findings.missing(
                    Gap.Kind.UNRESOLVED,
                    "it does not say what a record has, as in: A note has a title (text, required)");
            return Optional.empty();
        }
        String singular = singulars.iterator().next();
        String plural =
                plurals.stream().findFirst().orElseGet(() -> assumed(Kind.RECORD, singular + "s"));
        return Optional.of(
                new Service(
                        findings.name("service"),
                        singular,
                        plural,
                        fields,
                        wanted(),
                        storages.stream()
                                .findFirst()
                                .orElseGet(() -> assumed(Kind.STORAGE, Storage.MEMORY)),
                        failures));
    }

    private Set<Verb> wanted() {
        Set<Verb> wanted = EnumSet.copyOf(offered.isEmpty() ? EnumSet.allOf(Verb.class) : offered);
        wanted.removeAll(denied);
        if (offered.isEmpty()) {
            wanted.forEach(verb -> assumed(Kind.OPERATION, verb));
        }
        if (wanted.isEmpty()) {
            findings.missing(Gap.Kind.CONFLICT, "nothing is left that clients could do");
            wanted.add(Verb.LIST);
        }
        return wanted;
    }

    private <T> T assumed(Kind kind, T value) {
        findings.assume(kind, value.toString());
        return value;
    }
}
