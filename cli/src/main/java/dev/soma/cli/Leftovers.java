package dev.soma.cli;

import dev.soma.devkit.Home;
import dev.soma.devkit.Processes;
import java.util.List;

/// Processes that belong to a home folder: each was started with a file of its run or data folder.
final class Leftovers {
    private Leftovers() {}

    static List<Long> of(Home home) {
        long self = ProcessHandle.current().pid();
        return java.util.stream.Stream.of(home.run(), home.data())
                .flatMap(folder -> Processes.withArgument(folder + "/").stream())
                .distinct()
                .filter(pid -> pid != self)
                .toList();
    }
}
