package dev.soma.verifier;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ProofsTests {
    private static final int SIZES = 33;

    private final Signer signer = new Signer(LogWriter.ORIGIN);
    private final List<byte[]> entries = LogWriter.entries(7, SIZES);
    private final List<byte[]> leaves = LogWriter.leaves(entries);

    @Test
    void acceptsEveryInclusionAndNoVariationOfIt() {
        for (int size = 1; size <= SIZES; size++) {
            List<byte[]> tree = leaves.subList(0, size);
            byte[] root = Rfc6962.root(tree);
            for (int index = 0; index < size; index++) {
                byte[] leaf = tree.get(index);
                List<byte[]> path = Rfc6962.path(index, tree);
                assertThat(Proofs.isIncluded(leaf, index, size, path, root))
                        .as("%d of %d", index, size)
                        .isTrue();
                for (List<byte[]> changed : variations(path)) {
                    assertThat(Proofs.isIncluded(leaf, index, size, changed, root)).isFalse();
                }
                for (int other = -1; other <= size; other++) {
                    assertThat(Proofs.isIncluded(leaf, other, size, path, root))
                            .isEqualTo(other == index);
                }
            }
        }
    }

    @Test
    void acceptsEveryConsistencyAndNoVariationOfIt() {
        for (int to = 1; to <= SIZES; to++) {
            List<byte[]> tree = leaves.subList(0, to);
            byte[] newer = Rfc6962.root(tree);
            for (int from = 1; from <= to; from++) {
                byte[] older = Rfc6962.root(tree.subList(0, from));
                List<byte[]> path = Rfc6962.proof(from, tree);
                assertThat(Proofs.isConsistent(from, older, to, newer, path))
                        .as("%d to %d", from, to)
                        .isTrue();
                for (List<byte[]> changed : variations(path)) {
                    assertThat(Proofs.isConsistent(from, older, to, newer, changed)).isFalse();
                }
                assertThat(Proofs.isConsistent(from, flipped(older), to, newer, path)).isFalse();
                assertThat(Proofs.isConsistent(from, older, to, flipped(newer), path)).isFalse();
            }
        }
    }

    @Test
    void theEmptyTreeIsConsistentWithEveryTreeByAnEmptyProof() {
        byte[] empty = Rfc6962.root(List.of());
        byte[] root = Rfc6962.root(leaves);
        assertThat(Proofs.isConsistent(0, empty, SIZES, root, List.of())).isTrue();
        assertThat(Proofs.isConsistent(0, empty, 0, empty, List.of())).isTrue();
        assertThat(Proofs.isConsistent(0, empty, SIZES, root, List.of(root))).isFalse();
        assertThat(Proofs.isConsistent(0, root, SIZES, root, List.of())).isFalse();
        assertThat(Proofs.isConsistent(SIZES, root, SIZES - 1, root, List.of())).isFalse();
    }

    @Test
    void provesAnEntryUnderASignedCheckpoint() {
        byte[] checkpoint = checkpoint(SIZES);
        byte[] proof = inclusion(5, SIZES);
        assertThat(Proofs.inclusion(signer.key(), checkpoint, entries.get(5), proof))
                .isEqualTo(new Proofs.Finding.Proven("entry 5 of 33 in " + LogWriter.ORIGIN));
        assertThat(refusal(Proofs.inclusion(signer.key(), checkpoint, entries.get(6), proof)))
                .contains("another entry");
        assertThat(refusal(Proofs.inclusion(signer.key(), checkpoint(20), entries.get(5), proof)))
                .contains("size is 20");
        assertThat(
                        refusal(
                                Proofs.inclusion(
                                        new Signer(LogWriter.ORIGIN).key(),
                                        checkpoint,
                                        entries.get(5),
                                        proof)))
                .contains("0 signatures");
    }

    @Test
    void provesThatACheckpointExtendsAnOlderOne() {
        byte[] proof =
                "{\"origin\":\"%s\", \"from\":12, \"to\":33, \"proof\":[%s]}"
                        .formatted(LogWriter.ORIGIN, hashes(Rfc6962.proof(12, leaves)))
                        .getBytes(UTF_8);
        assertThat(Proofs.consistency(signer.key(), checkpoint(12), checkpoint(SIZES), proof))
                .isInstanceOf(Proofs.Finding.Proven.class);
        byte[] forked = signer.checkpoint(12, Rfc6962.root(leaves.subList(1, 13))).getBytes(UTF_8);
        assertThat(refusal(Proofs.consistency(signer.key(), forked, checkpoint(SIZES), proof)))
                .contains("both signed roots");
        assertThat(
                        refusal(
                                Proofs.consistency(
                                        signer.key(), checkpoint(11), checkpoint(SIZES), proof)))
                .contains("from is 12");
    }

    byte[] checkpoint(int size) {
        return signer.checkpoint(size, Rfc6962.root(leaves.subList(0, size))).getBytes(UTF_8);
    }

    byte[] inclusion(int index, int size) {
        List<byte[]> tree = leaves.subList(0, size);
        return "{\"origin\":\"%s\",\"index\":%d,\"size\":%d,\"leaf_hash\":%s,\"proof\":[%s]}"
                .formatted(
                        LogWriter.ORIGIN,
                        index,
                        size,
                        hashes(List.of(tree.get(index))),
                        hashes(Rfc6962.path(index, tree)))
                .getBytes(UTF_8);
    }

    private static String hashes(List<byte[]> hashes) {
        return hashes.stream()
                .map(hash -> "\"" + Base64.getEncoder().encodeToString(hash) + "\"")
                .collect(Collectors.joining(","));
    }

    private static String refusal(Proofs.Finding finding) {
        return finding instanceof Proofs.Finding.Refused(String reason) ? reason : "proven";
    }

    /// One bit changed in each hash, each hash left out, one hash more at either end.
    private static List<List<byte[]>> variations(List<byte[]> path) {
        List<List<byte[]>> variations = new ArrayList<>();
        for (int i : IntStream.range(0, path.size()).toArray()) {
            List<byte[]> changed = new ArrayList<>(path);
            changed.set(i, flipped(path.get(i)));
            variations.add(changed);
            List<byte[]> shorter = new ArrayList<>(path);
            shorter.remove(i);
            variations.add(shorter);
        }
        List<byte[]> longer = new ArrayList<>(path);
        longer.add(new byte[32]);
        variations.add(longer);
        List<byte[]> led = new ArrayList<>(path);
        led.addFirst(new byte[32]);
        variations.add(led);
        return variations;
    }

    private static byte[] flipped(byte[] hash) {
        byte[] changed = hash.clone();
        changed[changed.length / 2] ^= 0x10;
        return changed;
    }
}
