package dev.soma.identity.internal;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSObject;
import com.nimbusds.jose.JWSSigner;
import com.nimbusds.jose.Payload;
import com.nimbusds.jose.jca.JCAContext;
import com.nimbusds.jose.util.Base64URL;
import dev.soma.identity.internal.Directory.SigningKey;
import dev.soma.identity.internal.Directory.UserKey;
import dev.soma.kernel.TenantId;
import dev.soma.kernel.UserId;
import dev.soma.kernel.json.CanonicalJson;
import dev.soma.kernel.json.JsonValue;
import dev.soma.kernel.json.JsonValue.JsonInteger;
import dev.soma.kernel.json.JsonValue.JsonObject;
import dev.soma.kernel.json.MalformedJson;
import dev.soma.kernel.json.StrictJson;
import dev.soma.runtime.Sealer;
import java.text.ParseException;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.regex.Pattern;
import org.bouncycastle.crypto.params.Ed25519PrivateKeyParameters;
import org.bouncycastle.crypto.params.Ed25519PublicKeyParameters;
import org.bouncycastle.crypto.signers.Ed25519Signer;

/// Compact JWS with EdDSA over Ed25519 (RFC 8037) and the type `at+jwt`. The key id fixes the
/// algorithm; headers that
/// bring keys along or demand extensions are refused. Thread-safe.
class Tokens {
    private static final int MAX_CHARACTERS = 8_192;
    private static final JOSEObjectType TYPE = new JOSEObjectType("at+jwt");
    private static final Pattern KEY_ID = Pattern.compile("[A-Za-z0-9_-]{1,64}");
    private static final Set<String> HEADER_MEMBERS = Set.of("alg", "typ", "kid");

    private final String issuer;
    private final Sealer sealer;

    Tokens(String issuer, Sealer sealer) {
        this.issuer = issuer;
        this.sealer = sealer;
    }

    /// What a token says; checked for form, not yet against revocation, time or the constitution.
    record Claims(
            UUID jti,
            UserKey user,
            Set<String> capabilities,
            Optional<String> constitutionHash,
            Instant issuedAt,
            Instant expiresAt) {}

    String sign(Claims claims, SigningKey key) {
        var payload =
                JsonValue.object()
                        .put("iss", issuer)
                        .put("aud", issuer)
                        .put("sub", claims.user().id().value())
                        .put("tenant_id", claims.user().tenant().value())
                        .put(
                                "capabilities",
                                JsonValue.texts(claims.capabilities().stream().sorted().toList()))
                        .put("iat", claims.issuedAt().getEpochSecond())
                        .put("exp", claims.expiresAt().getEpochSecond())
                        .put("jti", claims.jti().toString());
        claims.constitutionHash().ifPresent(hash -> payload.put("constitution_hash", hash));
        JWSHeader header =
                new JWSHeader.Builder(JWSAlgorithm.EdDSA).type(TYPE).keyID(key.kid()).build();
        JWSObject token =
                new JWSObject(header, new Payload(CanonicalJson.JCS.bytes(payload.build())));
        try {
            token.sign(
                    new Signer(
                            new Ed25519PrivateKeyParameters(
                                    sealer.open(key.sealedPrivate(), context(key.kid())))));
        } catch (JOSEException e) {
            throw new IllegalStateException("a token could not be signed", e);
        }
        return token.serialize();
    }

    static String context(String kid) {
        return "signing-key/" + kid;
    }

    /// Checks form and signature.
    ///
    /// @return empty for anything that is not a token signed by a key that verifies now
    Optional<Claims> verify(String token, Directory directory, Instant now) {
        if (token.length() > MAX_CHARACTERS) {
            return Optional.empty();
        }
        try {
            JWSObject jws = JWSObject.parse(token);
            String kid = jws.getHeader().getKeyID();
            boolean acceptable =
                    JWSAlgorithm.EdDSA.equals(jws.getHeader().getAlgorithm())
                            && TYPE.equals(jws.getHeader().getType())
                            && HEADER_MEMBERS.containsAll(jws.getHeader().getIncludedParams())
                            && kid != null
                            && KEY_ID.matcher(kid).matches();
            if (!acceptable) {
                return Optional.empty();
            }
            return directory
                    .verifier(kid, now)
                    .filter(key -> signatureHolds(jws, key.publicKey()))
                    .flatMap(key -> claims(jws.getPayload().toBytes()));
        } catch (ParseException | IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    private static boolean signatureHolds(JWSObject jws, byte[] publicKey) {
        Ed25519Signer verifier = new Ed25519Signer();
        verifier.init(false, new Ed25519PublicKeyParameters(publicKey));
        byte[] input = jws.getSigningInput();
        verifier.update(input, 0, input.length);
        return verifier.verifySignature(jws.getSignature().decode());
    }

    private Optional<Claims> claims(byte[] payload) {
        try {
            JsonObject claims = StrictJson.parseObject(payload);
            boolean ours =
                    claims.text("iss").equals(Optional.of(issuer))
                            && claims.text("aud").equals(Optional.of(issuer));
            Optional<Instant> issued = seconds(claims, "iat");
            Optional<Instant> expires = seconds(claims, "exp");
            Optional<String> subject = claims.text("sub");
            Optional<String> tenant = claims.text("tenant_id");
            Optional<String> jti = claims.text("jti");
            if (!ours
                    || issued.isEmpty()
                    || expires.isEmpty()
                    || subject.isEmpty()
                    || tenant.isEmpty()
                    || jti.isEmpty()) {
                return Optional.empty();
            }
            return Optional.of(
                    new Claims(
                            UUID.fromString(jti.get()),
                            new UserKey(new TenantId(tenant.get()), new UserId(subject.get())),
                            new HashSet<>(claims.texts("capabilities")),
                            claims.text("constitution_hash"),
                            issued.get(),
                            expires.get()));
        } catch (MalformedJson | IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    private static Optional<Instant> seconds(JsonObject claims, String name) {
        return claims.members().get(name) instanceof JsonInteger(var number)
                        && number.signum() >= 0
                        && number.bitLength() <= 53
                ? Optional.of(Instant.ofEpochSecond(number.longValueExact()))
                : Optional.empty();
    }

    /// The public keys as a JWK set (RFC 7517, 8037).
    static JsonValue keySet(List<SigningKey> keys) {
        List<JsonObject> set =
                keys.stream()
                        .map(
                                key ->
                                        JsonValue.object()
                                                .put("kty", "OKP")
                                                .put("crv", "Ed25519")
                                                .put("alg", "EdDSA")
                                                .put("use", "sig")
                                                .put("kid", key.kid())
                                                .put(
                                                        "x",
                                                        Base64URL.encode(key.publicKey())
                                                                .toString())
                                                .build())
                        .toList();
        return JsonValue.object().put("keys", JsonValue.array(set)).build();
    }

    /// Signs with the lightweight implementation, at a tenth of the provider's cost.
    private record Signer(Ed25519PrivateKeyParameters key) implements JWSSigner {
        @Override
        public Base64URL sign(JWSHeader header, byte[] input) {
            Ed25519Signer signer = new Ed25519Signer();
            signer.init(true, key);
            signer.update(input, 0, input.length);
            return Base64URL.encode(signer.generateSignature());
        }

        @Override
        public Set<JWSAlgorithm> supportedJWSAlgorithms() {
            return Set.of(JWSAlgorithm.EdDSA);
        }

        @Override
        public JCAContext getJCAContext() {
            return new JCAContext();
        }
    }
}
