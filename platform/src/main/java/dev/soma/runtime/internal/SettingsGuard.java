package dev.soma.runtime.internal;

import dev.soma.runtime.Role;
import dev.soma.runtime.Settings;
import dev.soma.runtime.StartupRefused;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import org.springframework.boot.context.properties.bind.BindException;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;
import org.springframework.context.annotation.ClassPathScanningCandidateComponentProvider;
import org.springframework.core.type.filter.AnnotationTypeFilter;

/// Binds every record of settings and refuses unknown keys, all mistakes at once.
public final class SettingsGuard {
    private static final Set<String> PROCESS_KEYS = Set.of("soma.roles", "soma.api.port");

    private SettingsGuard() {}

    /// @return one bound record of each settings type
    /// @throws StartupRefused with one line for each mistake
    public static List<Object> bindAll(Map<String, String> settings) {
        List<Class<?>> types = settingsTypes();
        List<String> mistakes = new ArrayList<>(unknownKeys(settings.keySet(), knownKeys(types)));
        try {
            Role.parse(settings.getOrDefault("soma.roles", "all"));
        } catch (IllegalArgumentException e) {
            mistakes.add(e.getMessage());
        }
        Binder binder = new Binder(new MapConfigurationPropertySource(settings));
        List<Object> bound = new ArrayList<>();
        for (Class<?> type : types) {
            try {
                bound.add(
                        binder.bindOrCreate(
                                type.getAnnotation(Settings.class).value(), Bindable.of(type)));
            } catch (BindException e) {
                mistakes.add(describe(type, e));
            }
        }
        if (!mistakes.isEmpty()) {
            throw new StartupRefused(mistakes);
        }
        return bound;
    }

    /// Every key that a settings file may hold, sorted.
    public static SortedSet<String> knownKeys() {
        return knownKeys(settingsTypes());
    }

    private static List<Class<?>> settingsTypes() {
        var scanner = new ClassPathScanningCandidateComponentProvider(false);
        scanner.addIncludeFilter(new AnnotationTypeFilter(Settings.class));
        List<Class<?>> types = new ArrayList<>();
        for (var candidate : scanner.findCandidateComponents("dev.soma")) {
            try {
                types.add(Class.forName(candidate.getBeanClassName()));
            } catch (ClassNotFoundException e) {
                throw new IllegalStateException("a settings record vanished during start", e);
            }
        }
        types.sort(Comparator.comparing(Class::getName));
        return types;
    }

    private static SortedSet<String> knownKeys(List<Class<?>> types) {
        SortedSet<String> keys = new TreeSet<>(PROCESS_KEYS);
        for (Class<?> type : types) {
            String prefix = type.getAnnotation(Settings.class).value();
            for (RecordComponent component : type.getRecordComponents()) {
                keys.add(prefix + "." + kebab(component.getName()));
            }
        }
        return keys;
    }

    private static List<String> unknownKeys(Set<String> given, SortedSet<String> known) {
        List<String> mistakes = new ArrayList<>();
        for (String key : new TreeSet<>(given)) {
            if (key.startsWith("soma.") && !known.contains(key)) {
                String nearest =
                        known.stream()
                                .min(Comparator.comparingInt(other -> distance(key, other)))
                                .orElse("");
                mistakes.add(
                        "the setting '%s' is not known; did you mean '%s'?"
                                .formatted(key, nearest));
            }
        }
        return mistakes;
    }

    private static String describe(Class<?> type, BindException e) {
        Throwable root = e;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        return "%s: %s".formatted(type.getAnnotation(Settings.class).value(), root.getMessage());
    }

    private static String kebab(String camel) {
        StringBuilder kebab = new StringBuilder();
        for (int i = 0; i < camel.length(); i++) {
            char c = camel.charAt(i);
            if (Character.isUpperCase(c)) {
                kebab.append('-');
            }
            kebab.append(Character.toLowerCase(c));
        }
        return kebab.toString();
    }

    /// Levenshtein's distance, two rows.
    private static int distance(String left, String right) {
        int[] above = new int[right.length() + 1];
        Arrays.setAll(above, i -> i);
        for (int i = 1; i <= left.length(); i++) {
            int[] row = new int[right.length() + 1];
            row[0] = i;
            for (int j = 1; j <= right.length(); j++) {
                int change = above[j - 1] + (left.charAt(i - 1) == right.charAt(j - 1) ? 0 : 1);
                row[j] = Math.min(change, 1 + Math.min(above[j], row[j - 1]));
            }
            above = row;
        }
        return above[right.length()];
    }
}
