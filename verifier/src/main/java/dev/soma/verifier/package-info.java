/// The auditor's verifier. It reads a copied audit log and says, from the operator's public key
/// alone, whether the entries are the ones that were signed; it checks single proofs the same way.
/// It implements docs/design/audit-log.md a second time on purpose: it shares no code with the
/// platform and needs only the JDK.
@NullMarked
package dev.soma.verifier;

import org.jspecify.annotations.NullMarked;
