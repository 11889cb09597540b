package dev.soma.runtime;

import dev.soma.runtime.internal.SettingsGuard;
import java.io.IOException;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.WebApplicationType;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.core.env.MapPropertySource;

/// Turns the command line and the settings file into a running process, or says all that is wrong
/// with them.
public final class PlatformStart {
    private static final String USAGE =
            """
            usage: platform --soma.config=FILE [--roles=LIST] [--soma.KEY=VALUE ...]
              --soma.config  properties file with every setting (docs/settings.md)
              --roles        comma-separated: all, gateway, api, worker, relay, scheduler, ingest, migrate
            """;

    private PlatformStart() {}

    /// Starts, and on wrong settings prints the reasons and ends the process with status 2.
    public static void run(Class<?> application, String[] args) {
        try {
            start(application, settings(args));
        } catch (StartupRefused e) {
            System.err.println("SomaAgent Hub did not start:\n" + e.getMessage());
            System.exit(2);
        } catch (RuntimeException e) {
            System.err.println("SomaAgent Hub did not start: " + rootCause(e));
            System.exit(1);
        }
    }

    private static Throwable rootCause(Throwable failure) {
        Throwable root = failure;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        return root;
    }

    /// Starts with the given settings.
    ///
    /// @throws StartupRefused naming every unknown key, with its near miss, and every bad value
    public static ConfigurableApplicationContext start(
            Class<?> application, Map<String, String> settings) {
        List<Object> records = SettingsGuard.bindAll(settings);
        SpringApplication spring = new SpringApplication(application);
        boolean api = Role.parse(settings.getOrDefault("soma.roles", "all")).contains(Role.API);
        spring.setWebApplicationType(api ? WebApplicationType.SERVLET : WebApplicationType.NONE);
        spring.setLogStartupInfo(false);
        spring.addInitializers(
                context -> {
                    Map<String, Object> properties = new HashMap<>(settings);
                    properties.put("server.port", settings.getOrDefault("soma.api.port", "0"));
                    context.getEnvironment()
                            .getPropertySources()
                            .addFirst(new MapPropertySource("soma-settings", properties));
                    for (Object settingsRecord : records) {
                        context.getBeanFactory()
                                .registerSingleton(
                                        settingsRecord.getClass().getName(), settingsRecord);
                    }
                });
        return spring.run();
    }

    static Map<String, String> settings(String[] args) {
        Map<String, String> settings = new HashMap<>();
        Map<String, String> overrides = new HashMap<>();
        for (String arg : args) {
            int equals = arg.indexOf('=');
            if (!arg.startsWith("--") || equals < 0) {
                throw new StartupRefused(List.of("'%s' is not an option".formatted(arg), USAGE));
            }
            String key = arg.substring(2, equals);
            String value = arg.substring(equals + 1);
            switch (key) {
                case "soma.config" -> settings.putAll(load(Path.of(value)));
                case "roles" -> overrides.put("soma.roles", value);
                default -> overrides.put(key, value);
            }
        }
        settings.putAll(overrides);
        return settings;
    }

    private static Map<String, String> load(Path file) {
        Properties properties = new Properties();
        try (Reader reader = Files.newBufferedReader(file, StandardCharsets.UTF_8)) {
            properties.load(reader);
        } catch (IOException e) {
            throw new StartupRefused(
                    List.of("the settings file %s cannot be read: %s".formatted(file, e)));
        }
        Map<String, String> settings = new HashMap<>();
        properties.forEach((key, value) -> settings.put(key.toString(), value.toString()));
        return settings;
    }
}
