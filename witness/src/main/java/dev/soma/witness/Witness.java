package dev.soma.witness;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.PrintStream;
import java.time.InstantSource;
import java.util.concurrent.CountDownLatch;

/// The process. Exit code: 0 done or stopped, 1 it may not or cannot run, 2 wrong use.
public final class Witness {
    private static final String USAGE =
            """
            usage: java -jar witness.jar --state DIR --name NAME --init
                   java -jar witness.jar --state DIR --log FILE --admit
                   java -jar witness.jar --state DIR --log FILE --listen HOST:PORT

            --init makes the witness's key, once, and prints its verifier key. --admit adds the logs in FILE (one
            verifier key a line) that it does not know yet. Without either it answers at HOST:PORT until it is
            stopped. A witness whose state is lost or damaged does not start again: begin a new one under a new key.""";

    private Witness() {}

    public static void main(String[] words) {
        System.exit(
                run(
                        words,
                        new PrintStream(System.out, true, UTF_8),
                        new PrintStream(System.err, true, UTF_8)));
    }

    private static int run(String[] words, PrintStream out, PrintStream err) {
        try {
            Arguments arguments = Arguments.parse(words);
            try (StateFolder folder = StateFolder.open(arguments.state())) {
                if (arguments.has("--init")) {
                    out.println(
                            Memory.begin(folder, arguments.require("--name")).verifier().vkey());
                } else if (arguments.has("--admit")) {
                    Memory.admit(folder, key(folder), arguments.logs(), InstantSource.system());
                } else {
                    serve(arguments, folder, out);
                }
            }
            return 0;
        } catch (Arguments.Misuse | IllegalArgumentException misuse) {
            err.println(misuse.getMessage());
            err.println(USAGE);
            return 2;
        } catch (Retired retired) {
            err.println("witness: RETIRED: " + retired.getMessage());
            err.println("witness: see \"Suspected tampering\" in docs/runbooks/security.md");
            return 1;
        } catch (IOException e) {
            err.println("witness: cannot run: " + e);
            return 1;
        }
    }

    private static CosigningKey key(StateFolder folder) throws IOException {
        if (!folder.hasKey()) {
            throw new IOException(folder.keyFile() + " is missing; run once with --init");
        }
        return folder.key();
    }

    private static void serve(Arguments arguments, StateFolder folder, PrintStream out)
            throws Arguments.Misuse, IOException {
        CosigningKey key = key(folder);
        Memory memory = Memory.open(folder, key, arguments.logs(), InstantSource.system());
        CountDownLatch stopped = new CountDownLatch(1);
        try (Door door = new Door(memory, arguments.listen(), out)) {
            Runtime.getRuntime().addShutdownHook(new Thread(stopped::countDown, "stop"));
            out.println("witness " + key.verifier() + " answers at port " + door.port());
            stopped.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
