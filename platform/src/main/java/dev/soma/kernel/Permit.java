package dev.soma.kernel;

import java.util.UUID;

/// Proof that a decision to allow was recorded. Writes take one, so an unchecked write does not
/// compile.
///
/// Only the module `policy` holds the [Mint]; an architecture test keeps it so.
public final class Permit {
    private final TenantId tenant;
    private final UUID decisionId;

    private Permit(TenantId tenant, UUID decisionId) {
        this.tenant = tenant;
        this.decisionId = decisionId;
    }

    /// The tenant whose data may be written.
    public TenantId tenant() {
        return tenant;
    }

    /// The recorded decision that allows the write.
    public UUID decisionId() {
        return decisionId;
    }

    /// The right to make permits.
    public static final class Mint {
        /// For wiring in `policy` alone.
        public static Mint forPolicy() {
            return new Mint();
        }

        private Mint() {}

        public Permit mint(TenantId tenant, UUID decisionId) {
            return new Permit(tenant, decisionId);
        }
    }
}
