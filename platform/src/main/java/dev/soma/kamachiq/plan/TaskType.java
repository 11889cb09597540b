package dev.soma.kamachiq.plan;

/// What a task makes, and so who does it.
public enum TaskType {
    DESIGN("architect"),
    CODE("engineer"),
    TEST("tester"),
    REVIEW("reviewer");

    private final String persona;

    TaskType(String persona) {
        this.persona = persona;
    }

    /// Who does tasks of this type, unless the plan names somebody else.
    public String persona() {
        return persona;
    }
}
