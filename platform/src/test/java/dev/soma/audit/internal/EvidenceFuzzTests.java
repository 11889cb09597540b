package dev.soma.audit.internal;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.soma.replay.Outcome;
import dev.soma.replay.Replay;
import dev.soma.verifier.Checkpoint;
import dev.soma.verifier.VerifierKey;
import java.util.List;

/// What an auditor is handed: notes and receipts. Without the trusted key's signature nothing of
/// them holds, and each fault is named.
class EvidenceFuzzTests {
    /// Of a log that is not there any more.
    private static final VerifierKey KEY =
            VerifierKey.parse(
                    "soma/audit/node-1+6d8522a8+Acf6S/vFPQCKVcwkn/8S8DVXgxoC/Nc5Zap5BZD5H4h3");

    @FuzzTest(maxDuration = "60s")
    void aNoteWithoutTheSignatureIsRefused(byte[] bytes) {
        assertThat(Checkpoint.read(bytes, origin -> List.of(KEY)))
                .isNotInstanceOf(Checkpoint.Reading.Signed.class);
    }

    @FuzzTest(maxDuration = "60s")
    void aReceiptWithoutTheSignatureIsRefused(byte[] bytes) {
        assertThat(Replay.check(bytes, KEY)).isInstanceOf(Outcome.Invalid.class);
    }
}
