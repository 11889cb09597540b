package dev.soma.kamachiq.spec;

import java.util.List;

/// What came of reading a specification.
public sealed interface SpecReading {
    record Read(ProjectSpec spec) implements SpecReading {}

    /// @param faults at least one, in the order of the document
    record Faulty(List<SpecFault> faults) implements SpecReading {
        public Faulty {
            faults = List.copyOf(faults);
        }
    }
}
