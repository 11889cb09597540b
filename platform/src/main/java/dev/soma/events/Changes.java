package dev.soma.events;

import dev.soma.kernel.TenantId;
import java.util.Set;

/// The clock of everything that nodes keep in memory: tenants, keys, revocations, packs, budgets,
/// the constitution.
public interface Changes {
    /// Notes a change in the caller's open transaction; every node reloads that kind once it
    /// commits, this node
    /// before the commit returns to the caller.
    void announce(Kind kind, TenantId tenant);

    /// True while this node has proved within its lease that it has seen every change. Costs one
    /// clock read.
    boolean current();

    /// Where all nodes stand with the last change of a kind. Reads the database.
    Standing standing(Kind kind);

    /// What can change.
    ///
    /// In the order in which changes are applied: what stops work comes first, so that nothing else
    /// that fails can keep it from being heard.
    enum Kind {
        KILLSWITCH,
        CONVERSATION,
        TENANCY,
        IDENTITY,
        CONSTITUTION,
        POLICY,
        METERING,
        PROVIDER,
        /// What is kept of somebody is to be forgotten.
        ERASURE
    }

    /// A module that keeps state in memory. `reload` is called once at start and after each change
    /// of its kind; it
    /// throws when it cannot, and the node then goes stale instead of working on old state.
    interface Follower {
        Kind kind();

        void reload();

        /// As [#reload()], when it is known whose state changed.
        default void reload(Set<TenantId> tenants) {
            reload();
        }
    }
}
