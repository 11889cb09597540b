package dev.soma.cli;

import dev.soma.devkit.Fetches;
import dev.soma.devkit.Progress;
import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/// `soma fetch`, for the launcher: downloads what tests and a first start need besides the build.
@Command(
        name = "fetch",
        hidden = true,
        mixinStandardHelpOptions = true,
        description = "Downloads the model and the Temporal server into the cache.")
final class FetchCommand implements Callable<Integer> {
    @Override
    public Integer call() throws IOException {
        Progress progress = Progress.to(System.out);
        progress.say("model: " + Fetches.model(progress));
        progress.say("temporal: " + Fetches.temporal(progress));
        return 0;
    }
}
