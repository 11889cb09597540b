package dev.soma.cli;

import dev.soma.devkit.Home;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import tools.jackson.databind.json.JsonMapper;

/// `soma doctor`.
@Command(
        name = "doctor",
        mixinStandardHelpOptions = true,
        description = "Says what this machine has, what is missing, and how to get it.",
        footer = "Exit status 1 when something needed is missing.")
final class DoctorCommand implements Callable<Integer> {
    @Option(names = "--json", description = "One JSON document on stdout.")
    private boolean json;

    @Override
    public Integer call() {
        List<Finding> findings = new Examination(Home.find()).findings();
        if (json) {
            System.out.println(
                    JsonMapper.shared()
                            .writerWithDefaultPrettyPrinter()
                            .writeValueAsString(findings));
        } else {
            for (Finding finding : findings) {
                System.out.printf(
                        Locale.ROOT,
                        "%-8s %-10s %s%n",
                        finding.verdict(),
                        finding.name(),
                        finding.detail());
                if (!finding.advice().isEmpty()) {
                    System.out.printf(Locale.ROOT, "%-8s %-10s -> %s%n", "", "", finding.advice());
                }
            }
        }
        return findings.stream().anyMatch(finding -> finding.verdict().equals(Finding.MISSING))
                ? 1
                : 0;
    }
}
