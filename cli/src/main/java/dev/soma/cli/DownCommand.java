package dev.soma.cli;

import dev.soma.devkit.Home;
import dev.soma.devkit.Progress;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/// `soma down`.
@Command(
        name = "down",
        mixinStandardHelpOptions = true,
        description =
                "Stops the platform and then the engines, and checks that no process is left. Data stays.")
final class DownCommand implements Callable<Integer> {
    @Override
    public Integer call() throws Exception {
        Down.run(Home.find(), Progress.to(System.out));
        return 0;
    }
}
