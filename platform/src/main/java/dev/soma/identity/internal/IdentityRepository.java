package dev.soma.identity.internal;

import dev.soma.identity.internal.Directory.ApiKey;
import dev.soma.identity.internal.Directory.SigningKey;
import dev.soma.identity.internal.Directory.User;
import dev.soma.identity.internal.Directory.UserKey;
import dev.soma.kernel.Permit;
import dev.soma.kernel.TenantId;
import dev.soma.kernel.UserId;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.springframework.jdbc.core.simple.JdbcClient;

/// The module's tables.
class IdentityRepository {
    /// Stands for PostgreSQL's `infinity`, which has no Java value.
    private static final Instant FOREVER = Instant.parse("9999-12-31T00:00:00Z");

    private final JdbcClient jdbc;

    IdentityRepository(JdbcClient jdbc) {
        this.jdbc = jdbc;
    }

    /// What a login needs to know of a user.
    record LoginRow(Optional<String> passwordHash, boolean active, boolean locked) {}

    Directory load() {
        Map<UserKey, User> users = new HashMap<>();
        jdbc.sql("SELECT tenant, id, capabilities, active FROM identity_user")
                .query(
                        row -> {
                            UserKey key = userKey(row.getString(1), row.getString(2));
                            users.put(key, new User(key, strings(row, 3), row.getBoolean(4)));
                        });
        Map<String, ApiKey> keys = new HashMap<>();
        jdbc.sql(
                        "SELECT id, tenant, owner, name, secret_sha256, capabilities, expires_at FROM api_key WHERE revoked_at IS NULL")
                .query(
                        row -> {
                            ApiKey key =
                                    new ApiKey(
                                            row.getString(1),
                                            userKey(row.getString(2), row.getString(3)),
                                            row.getString(4),
                                            row.getBytes(5),
                                            strings(row, 6),
                                            instant(row, 7));
                            keys.put(key.id(), key);
                        });
        Set<UUID> revoked =
                new HashSet<>(
                        jdbc.sql("SELECT jti FROM token_revocation WHERE expires_at > now()")
                                .query(UUID.class)
                                .list());
        List<SigningKey> signing =
                jdbc.sql(
                                "SELECT kid, public_key, sealed_private, active_from, retire_at FROM signing_key WHERE retire_at > now() ORDER BY active_from")
                        .query(
                                (row, i) ->
                                        new SigningKey(
                                                row.getString(1),
                                                row.getBytes(2),
                                                row.getBytes(3),
                                                instant(row, 4),
                                                instant(row, 5)))
                        .list();
        return new Directory(users, keys, revoked, signing);
    }

    boolean hasAdministrator() {
        return jdbc.sql(
                        "SELECT EXISTS (SELECT 1 FROM identity_user WHERE tenant = 'platform' AND '*' = ANY(capabilities))")
                .query(Boolean.class)
                .single();
    }

    void saveUser(
            Permit permit,
            UserId id,
            Set<String> capabilities,
            boolean active,
            Optional<String> passwordHash) {
        jdbc.sql(
                        """
                        INSERT INTO identity_user (tenant, id, capabilities, active, password_hash, decision_id)
                        VALUES (:tenant, :id, :capabilities, :active, :hash, :decision)
                        ON CONFLICT (tenant, id) DO UPDATE SET capabilities = excluded.capabilities,
                          active = excluded.active, decision_id = excluded.decision_id, updated_at = now(),
                          password_hash = coalesce(excluded.password_hash, identity_user.password_hash)
                        """)
                .param("tenant", permit.tenant().value())
                .param("id", id.value())
                .param("capabilities", capabilities.stream().sorted().toArray(String[]::new))
                .param("active", active)
                .param("hash", passwordHash.orElse(null))
                .param("decision", permit.decisionId())
                .update();
    }

    void saveApiKey(Permit permit, ApiKey key) {
        jdbc.sql(
                        """
                        INSERT INTO api_key (id, tenant, owner, name, secret_sha256, capabilities, expires_at, decision_id)
                        VALUES (?, ?, ?, ?, ?, ?, ?, ?)
                        """)
                .param(key.id())
                .param(permit.tenant().value())
                .param(key.owner().id().value())
                .param(key.name())
                .param(key.secretSha256())
                .param(key.capabilities().stream().sorted().toArray(String[]::new))
                .param(timestamp(key.expiresAt()))
                .param(permit.decisionId())
                .update();
    }

    /// @return false when this tenant has no such key, or it was revoked before
    boolean revokeApiKey(Permit permit, String id) {
        return jdbc.sql(
                                "UPDATE api_key SET revoked_at = now() WHERE tenant = ? AND id = ? AND revoked_at IS NULL")
                        .param(permit.tenant().value())
                        .param(id)
                        .update()
                == 1;
    }

    /// @return false when the token was revoked before
    boolean revokeToken(Permit permit, UUID jti, Instant expiresAt) {
        return jdbc.sql(
                                "INSERT INTO token_revocation (jti, tenant, expires_at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING")
                        .param(jti)
                        .param(permit.tenant().value())
                        .param(timestamp(expiresAt))
                        .update()
                == 1;
    }

    Optional<LoginRow> findLogin(TenantId tenant, UserId id) {
        return jdbc.sql(
                        "SELECT password_hash, active, locked_until > now() FROM identity_user WHERE tenant = ? AND id = ? FOR UPDATE")
                .param(tenant.value())
                .param(id.value())
                .query(
                        (row, i) ->
                                new LoginRow(
                                        Optional.ofNullable(row.getString(1)),
                                        row.getBoolean(2),
                                        row.getBoolean(3)))
                .optional();
    }

    void noteLogin(TenantId tenant, UserId id, boolean success, IdentitySettings settings) {
        jdbc.sql(
                        """
                        UPDATE identity_user SET
                          failed_logins = CASE WHEN :success OR failed_logins + 1 >= :limit THEN 0 ELSE failed_logins + 1 END,
                          locked_until = CASE WHEN NOT :success AND failed_logins + 1 >= :limit
                            THEN now() + make_interval(secs => :seconds) ELSE locked_until END
                        WHERE tenant = :tenant AND id = :id
                        """)
                .param("success", success)
                .param("limit", settings.loginFailures())
                .param("seconds", settings.loginLockSeconds())
                .param("tenant", tenant.value())
                .param("id", id.value())
                .update();
    }

    /// Adds a key that signs from `activeFrom` on and lets the present ones verify until
    /// `oldRetireAt`.
    void rotate(SigningKey fresh, Instant oldRetireAt) {
        jdbc.sql("UPDATE signing_key SET retire_at = least(retire_at, ?)")
                .param(timestamp(oldRetireAt))
                .update();
        jdbc.sql(
                        "INSERT INTO signing_key (kid, public_key, sealed_private, active_from) VALUES (?, ?, ?, ?)")
                .param(fresh.kid())
                .param(fresh.publicKey())
                .param(fresh.sealedPrivate())
                .param(timestamp(fresh.activeFrom()))
                .update();
    }

    /// Serialises rotations of all nodes; released at the end of the transaction.
    void lockKeys() {
        jdbc.sql("LOCK TABLE signing_key IN SHARE ROW EXCLUSIVE MODE").update();
    }

    private static UserKey userKey(String tenant, String id) {
        return new UserKey(new TenantId(tenant), new UserId(id));
    }

    private static Set<String> strings(ResultSet row, int column) throws SQLException {
        return Set.of((String[]) row.getArray(column).getArray());
    }

    private static Instant instant(ResultSet row, int column) throws SQLException {
        OffsetDateTime time = row.getObject(column, OffsetDateTime.class);
        return time.equals(OffsetDateTime.MAX) ? FOREVER : time.toInstant();
    }

    private static OffsetDateTime timestamp(Instant instant) {
        return instant.isBefore(FOREVER) ? instant.atOffset(ZoneOffset.UTC) : OffsetDateTime.MAX;
    }

    static Instant forever() {
        return FOREVER;
    }
}
