package dev.soma.cli;

import dev.soma.devkit.Home;
import dev.soma.devkit.Progress;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// `soma demo`.
@Command(
        name = "demo",
        mixinStandardHelpOptions = true,
        description = {
            "Starts everything and shows one governed turn from end to end: what is sent, what comes back, what refuses,",
            "and the proof of all of it. Then it stays up until you press Ctrl-C."
        })
final class DemoCommand implements Callable<Integer> {
    @Option(
            names = "--exit",
            description =
                    "Stop everything at the end; the exit status says whether all of it held.")
    private boolean exit;

    @Override
    public Integer call() throws Exception {
        Home home = Home.find();
        Stage stage = new Stage(System.out);
        Instant start = Instant.now();
        boolean ours = false;
        try {
            stage.title("Engines and platform");
            ours = Up.run(home, Progress.to(System.out), Up.usualParts());
            Duration up = Duration.between(start, Instant.now());
            Demo demo = new Demo(home, Connection.read(home), stage);
            demo.run();
            demo.summary(up, Duration.between(start, Instant.now()));
            if (!exit) {
                stay(home);
            }
            return 0;
        } finally {
            if (exit && ours) {
                Down.run(home, Progress.to(System.out));
            }
        }
    }

    private static void stay(Home home) throws InterruptedException {
        System.out.println(
                "\nIt stays up in the background; stop it with ./soma down. Press Ctrl-C to leave this screen.");
        System.out.println("Addresses and keys: " + home.connectionFile());
        new CountDownLatch(1).await();
    }
}
