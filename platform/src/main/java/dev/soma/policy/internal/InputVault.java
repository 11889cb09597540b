package dev.soma.policy.internal;

import dev.soma.kernel.LruMap;
import dev.soma.policy.DecisionRow;
import dev.soma.runtime.Sealer;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.support.TransactionSynchronization;
import org.springframework.transaction.support.TransactionSynchronizationManager;

/// Seals what was judged under a key of the session, or of the user's day where there is no
/// session.
/// Who destroys the key destroys the inputs, and the audit log stays whole. Thread-safe.
class InputVault {
    private static final int MAX_CACHED_KEYS = 10_000;
    private static final int NONCE_BYTES = 12;
    private static final int TAG_BITS = 128;

    private final JdbcClient jdbc;
    private final Sealer sealer;
    private final SecureRandom random;
    private final int retentionDays;
    private final Map<Owner, Key> cache = new LruMap<>(MAX_CACHED_KEYS);

    InputVault(JdbcClient jdbc, Sealer sealer, SecureRandom random, int retentionDays) {
        this.jdbc = jdbc;
        this.sealer = sealer;
        this.random = random;
        this.retentionDays = retentionDays;
    }

    /// Whose inputs one key opens.
    record Owner(String tenant, String user, String bucket) {
        static Owner of(DecisionRow row) {
            String session = row.input().session();
            return new Owner(
                    row.actor().tenant().value(),
                    row.actor().actor().user().value(),
                    session.isEmpty()
                            ? "day/" + row.at().atOffset(ZoneOffset.UTC).toLocalDate()
                            : "session/" + session);
        }

        private String context(long id) {
            return "input-key/" + tenant + "/" + id;
        }
    }

    record Key(long id, SecretKeySpec secret) {}

    /// A sealed input and the key it takes to open it.
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Sealed(long key, byte[] bytes) {}

    /// Seals the inputs of the rows, in their order; new keys are made in the caller's transaction.
    List<Sealed> seal(List<DecisionRow> rows) {
        List<Owner> owners = rows.stream().map(Owner::of).distinct().toList();
        Map<Owner, Key> keys = known(owners);
        List<Owner> missing = owners.stream().filter(owner -> !keys.containsKey(owner)).toList();
        if (!missing.isEmpty()) {
            Map<Owner, Key> made = make(missing);
            keys.putAll(made);
            rememberAfterCommit(made);
        }
        List<Sealed> sealed = new ArrayList<>(rows.size());
        for (DecisionRow row : rows) {
            Key key = keys.get(Owner.of(row));
            if (key == null) {
                throw new IllegalStateException("the database gave no key for an input");
            }
            sealed.add(
                    new Sealed(
                            key.id(), encrypt(key, row.id().toString(), row.input().canonical())));
        }
        return sealed;
    }

    private Map<Owner, Key> known(List<Owner> owners) {
        synchronized (cache) {
            Map<Owner, Key> found = new HashMap<>();
            for (Owner owner : owners) {
                Key key = cache.get(owner);
                if (key != null) {
                    found.put(owner, key);
                }
            }
            return found;
        }
    }

    private void rememberAfterCommit(Map<Owner, Key> made) {
        TransactionSynchronizationManager.registerSynchronization(
                new TransactionSynchronization() {
                    @Override
                    public void afterCommit() {
                        synchronized (cache) {
                            cache.putAll(made);
                        }
                    }
                });
    }

    /// Forgets every key in memory; after an erasure they have to be read anew.
    void forget() {
        synchronized (cache) {
            cache.clear();
        }
    }

    private Map<Owner, Key> make(List<Owner> owners) {
        Map<Owner, Key> made = new HashMap<>();
        for (Owner owner : owners) {
            long id = jdbc.sql("SELECT nextval('input_key_id')").query(Long.class).single();
            byte[] secret = new byte[32];
            random.nextBytes(secret);
            int inserted =
                    jdbc.sql(
                                    """
                                    INSERT INTO input_key (id, tenant, user_id, bucket, sealed, expires_at)
                                    VALUES (?, ?, ?, ?, ?, now() + ? * interval '1 day')
                                    ON CONFLICT (tenant, user_id, bucket) DO NOTHING
                                    """)
                            .param(id)
                            .param(owner.tenant())
                            .param(owner.user())
                            .param(owner.bucket())
                            .param(sealer.seal(secret, owner.context(id)))
                            .param(retentionDays)
                            .update();
            made.put(
                    owner,
                    inserted == 1 ? new Key(id, new SecretKeySpec(secret, "AES")) : read(owner));
        }
        return made;
    }

    /// The key that another node made first.
    private Key read(Owner owner) {
        return jdbc.sql(
                        "SELECT id, sealed FROM input_key WHERE tenant = ? AND user_id = ? AND bucket = ?")
                .param(owner.tenant())
                .param(owner.user())
                .param(owner.bucket())
                .query((row, i) -> key(row.getLong(1), row.getBytes(2), owner.tenant()))
                .single();
    }

    private Key key(long id, byte[] sealed, String tenant) {
        byte[] secret = sealer.open(sealed, new Owner(tenant, "", "").context(id));
        return new Key(id, new SecretKeySpec(secret, "AES"));
    }

    /// Opens what was sealed for decisions of one tenant; those whose key was destroyed are left
    /// out.
    ///
    /// @param sealed by decision
    Map<String, byte[]> open(String tenant, Map<String, Sealed> sealed) {
        List<Long> ids = sealed.values().stream().map(Sealed::key).distinct().toList();
        Map<Long, Key> keys =
                jdbc
                        .sql("SELECT id, sealed FROM input_key WHERE tenant = ? AND id = ANY (?)")
                        .param(tenant)
                        .param(ids.toArray(Long[]::new))
                        .query((row, i) -> key(row.getLong(1), row.getBytes(2), tenant))
                        .list()
                        .stream()
                        .collect(Collectors.toMap(Key::id, key -> key));
        Map<String, byte[]> opened = new LinkedHashMap<>();
        sealed.forEach(
                (decision, value) ->
                        Optional.ofNullable(keys.get(value.key()))
                                .ifPresent(
                                        key ->
                                                opened.put(
                                                        decision,
                                                        decrypt(key, decision, value.bytes()))));
        return opened;
    }

    private byte[] encrypt(Key key, String decision, byte[] plain) {
        byte[] nonce = new byte[NONCE_BYTES];
        random.nextBytes(nonce);
        byte[] body = run(Cipher.ENCRYPT_MODE, key, decision, nonce, plain);
        byte[] sealed = Arrays.copyOf(nonce, NONCE_BYTES + body.length);
        System.arraycopy(body, 0, sealed, NONCE_BYTES, body.length);
        return sealed;
    }

    private static byte[] decrypt(Key key, String decision, byte[] sealed) {
        return run(
                Cipher.DECRYPT_MODE,
                key,
                decision,
                Arrays.copyOf(sealed, NONCE_BYTES),
                Arrays.copyOfRange(sealed, NONCE_BYTES, sealed.length));
    }

    private static byte[] run(int mode, Key key, String decision, byte[] nonce, byte[] input) {
        try {
            Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
            cipher.init(mode, key.secret(), new GCMParameterSpec(TAG_BITS, nonce));
            cipher.updateAAD(decision.getBytes(java.nio.charset.StandardCharsets.UTF_8));
            return cipher.doFinal(input);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("a sealed input does not open", e);
        }
    }
}
