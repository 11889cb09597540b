package dev.soma.kamachiq.service;

import java.util.Collections;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/// What a service is to do; nothing about it is left open.
///
/// @param name of the program and its module, `^[a-z][a-z0-9_]{1,30}$`
/// @param singular what one record is called, such as `note`
/// @param plural what they are called, and the first part of every path
/// @param fields at least one, each name once
/// @param verbs at least one
/// @param failures an answer for every [Condition]
public record Service(
        String name,
        String singular,
        String plural,
        List<Field> fields,
        Set<Verb> verbs,
        Storage storage,
        Map<Condition, Answer> failures) {
    /// Characters of a text, at most.
    static final int MAX_TEXT = 1_000;

    /// Of an integer, either side of zero: 2^53 - 1, which every reader of JSON keeps exact.
    static final long MAX_INTEGER = 9_007_199_254_740_991L;

    /// Bytes of a request's body, at most.
    static final int MAX_BODY = 65_536;

    private static final Pattern NAME = Pattern.compile("[a-z][a-z0-9_]{1,30}");

    public Service {
        for (String word : List.of(name, singular, plural)) {
            if (!NAME.matcher(word).matches()) {
                throw new IllegalArgumentException("'%s' is no name".formatted(word));
            }
        }
        fields = List.copyOf(fields);
        boolean different =
                new HashSet<>(fields.stream().map(Field::name).toList()).size() == fields.size();
        if (fields.isEmpty() || !different) {
            throw new IllegalArgumentException("a record has fields, each once");
        }
        if (verbs.isEmpty() || failures.size() != Condition.values().length) {
            throw new IllegalArgumentException(
                    "a service does something, and answers every failure");
        }
        verbs = Collections.unmodifiableSet(EnumSet.copyOf(verbs));
        failures = Collections.unmodifiableMap(new EnumMap<>(failures));
    }

    /// A value of a record.
    ///
    /// @param name `^[a-z][a-z0-9_]{1,30}$`, not `id`
    /// @param required whether a record without it is refused; a required text is not empty
    public record Field(String name, Type type, boolean required) {
        public Field {
            if (!NAME.matcher(name).matches() || name.equals("id")) {
                throw new IllegalArgumentException("'%s' is no name of a field".formatted(name));
            }
        }
    }

    /// What a value is.
    public enum Type {
        /// Up to 1,000 characters.
        TEXT,
        /// From -(2^53 - 1) to 2^53 - 1.
        INTEGER,
        BOOLEAN
    }

    /// What clients can do with records.
    public enum Verb {
        CREATE("POST"),
        LIST("GET"),
        READ("GET"),
        REPLACE("PUT"),
        DELETE("DELETE");

        private final String method;

        Verb(String method) {
            this.method = method;
        }

        /// The method of HTTP.
        public String method() {
            return method;
        }

        /// Whether it is about all records, and not about one.
        public boolean isOfAll() {
            return this == CREATE || this == LIST;
        }
    }

    /// Where records are.
    public enum Storage {
        /// They go when the service ends.
        MEMORY,
        /// A file of SQLite, so they are there after a restart.
        SQLITE
    }

    /// Why a request is not done.
    public enum Condition {
        UNKNOWN("an unknown record", "not found", 404),
        INVALID("an invalid record", "invalid", 422);

        private final String words;
        private final String usual;
        private final int status;

        Condition(String words, String usual, int status) {
            this.words = words;
            this.usual = usual;
            this.status = status;
        }

        public String words() {
            return words;
        }
    }

    /// What is said then, as `{"error": text}`.
    ///
    /// @param status 400 to 499
    public record Answer(int status, String text) {
        public Answer {
            if (status < 400 || status > 499) {
                throw new IllegalArgumentException("a client's fault has a status of 400 to 499");
            }
        }
    }

    /// What is said where nobody says otherwise.
    public static Map<Condition, Answer> usualFailures() {
        Map<Condition, Answer> usual = new EnumMap<>(Condition.class);
        for (Condition condition : Condition.values()) {
            usual.put(condition, new Answer(condition.status, condition.usual));
        }
        return usual;
    }

    /// What is said then.
    public Answer answer(Condition condition) {
        return failures.getOrDefault(condition, new Answer(condition.status, condition.usual));
    }
}
