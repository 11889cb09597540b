package dev.soma;

import dev.soma.runtime.PlatformStart;
import org.springframework.boot.autoconfigure.SpringBootApplication;

/// The product. One process; `soma.roles` decides which drivers of which modules start.
@SpringBootApplication
public class SomaPlatform {
    public static void main(String[] args) {
        PlatformStart.run(SomaPlatform.class, args);
    }
}
