package dev.soma.constitution;

import java.util.Optional;

/// Every constitution that was ever in force, as it was signed. Thread-safe; reads the database.
public interface ConstitutionArchive {
    /// @param hash of the document, as activations and verdicts name it
    /// @return the signed file `{dialect, document, signatures}`, byte for byte
    Optional<byte[]> signedFile(String hash);
}
