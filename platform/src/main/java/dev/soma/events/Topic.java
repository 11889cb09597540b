package dev.soma.events;

/// The Kafka topics of the platform: name, partitions, retention, clean-up.
public enum Topic {
    CONSTITUTION_UPDATED("constitution.updated", 1, 365, "compact,delete"),
    POLICY_DECISIONS("policy.decisions", 4, 365, "delete"),
    IDENTITY_AUDIT("identity.audit", 1, 365, "delete"),
    CONVERSATION_EVENTS("conversation.events", 4, 30, "delete"),
    SETTINGS_CHANGED("settings.changed", 1, 30, "delete"),
    KAMACHIQ_EVENTS("kamachiq.events", 4, 30, "delete"),
    KAMACHIQ_APPROVALS("kamachiq.approvals", 1, 30, "delete"),
    SLM_REQUESTS("slm.requests", 4, 30, "delete"),
    SLM_RESPONSES("slm.responses", 4, 30, "delete"),
    SLM_METRICS("slm.metrics", 4, 30, "delete");

    private final String topicName;
    private final int partitions;
    private final int retentionDays;
    private final String cleanup;

    Topic(String topicName, int partitions, int retentionDays, String cleanup) {
        this.topicName = topicName;
        this.partitions = partitions;
        this.retentionDays = retentionDays;
        this.cleanup = cleanup;
    }

    public String topicName() {
        return topicName;
    }

    public int partitions() {
        return partitions;
    }

    public long retentionMillis() {
        return retentionDays * 86_400_000L;
    }

    public String cleanup() {
        return cleanup;
    }
}
