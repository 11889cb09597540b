package dev.soma.cli;

import dev.soma.devkit.Home;
import dev.soma.devkit.Part;
import dev.soma.devkit.Progress;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// `soma up`.
@Command(
        name = "up",
        mixinStandardHelpOptions = true,
        description = {
            "Starts the engines and the platform in the background; returns when the platform answers ready.",
            "When it runs already it says so; when parts of it are dead it brings them back."
        })
final class UpCommand implements Callable<Integer> {
    @Spec private CommandSpec spec = CommandSpec.create();

    @Option(
            names = "--with",
            paramLabel = "PART",
            description = "Start this part too: temporal. May be given more than once.")
    private List<String> with = new ArrayList<>();

    @Option(
            names = "--only",
            paramLabel = "PART",
            split = ",",
            description = "Start these parts and no others, for work on one of them.")
    private List<String> only = new ArrayList<>();

    @Override
    public Integer call() throws Exception {
        Set<Part> parts = only.isEmpty() ? Up.usualParts() : EnumSet.copyOf(find("--only", only));
        parts.addAll(find("--with", with));
        Home home = Home.find();
        if (Up.run(home, Progress.to(System.out), parts)) {
            System.out.println("ready; addresses and keys are in " + home.connectionFile());
        }
        return 0;
    }

    private List<Part> find(String option, List<String> names) {
        return names.stream()
                .map(
                        name ->
                                Part.find(name)
                                        .orElseThrow(
                                                () ->
                                                        new ParameterException(
                                                                spec.commandLine(),
                                                                option
                                                                        + " "
                                                                        + name
                                                                        + ": no part is called so; the parts are "
                                                                        + names())))
                .toList();
    }

    private static String names() {
        return String.join(", ", List.of(Part.values()).stream().map(Part::id).toList());
    }
}
