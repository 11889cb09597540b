package dev.soma.bench;

import java.util.concurrent.Callable;
import picocli.CommandLine;

/// The command line of the scripted provider; it serves until the process ends.
@CommandLine.Command(
        name = "provider",
        mixinStandardHelpOptions = true,
        description =
                "Serves scripted OpenAI-compatible answers on loopback; the model name is the script.")
final class Serve implements Callable<Integer> {
    @CommandLine.Option(
            names = "--port",
            description = "port of 127.0.0.1, 0 for a free one (${DEFAULT-VALUE})")
    private int port = ScriptedProvider.DEFAULT_PORT;

    @CommandLine.Option(names = "--keys", description = "print the keys of a script and end")
    private boolean keys;

    @Override
    public Integer call() {
        if (keys) {
            System.out.println(ScriptKey.help());
            return 0;
        }
        ScriptedProvider provider = ScriptedProvider.start(port);
        Runtime.getRuntime().addShutdownHook(new Thread(provider::close, "scripted-provider-stop"));
        System.out.println("scripted provider at " + provider.uri());
        return 0;
    }
}
