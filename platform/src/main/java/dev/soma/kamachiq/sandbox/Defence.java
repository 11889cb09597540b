package dev.soma.kamachiq.sandbox;

/// One wall of the sandbox. Every command runs behind all of them; only the tests of this package
/// take one away, to show that the others would not have held what it holds.
enum Defence {
    /// A user of its own, without groups.
    OWN_USER,
    PROCESS_LIMIT,
    MEMORY_LIMIT,
    FILE_SIZE_LIMIT,
    OPEN_FILE_LIMIT,
    CPU_LIMIT,
    /// No memory images of crashed processes.
    CORE_LIMIT,
    TMP_LIMIT,
    WALL_CLOCK,
    OUTPUT_LIMIT,
    /// Host processes can neither be seen nor signalled, and none of its own outlives it.
    PROCESS_NAMESPACE,
    NETWORK_NAMESPACE,
    IPC_NAMESPACE,
    HOST_NAME_NAMESPACE,
    CGROUP_NAMESPACE,
    /// No namespaces within namespaces.
    NO_MORE_USERS,
    /// Only the system's programs and libraries of the host's files, and these for reading.
    OWN_ROOT,
    READ_ONLY_SYSTEM,
    OWN_DEVICES,
    CLEAN_ENVIRONMENT,
    NO_CAPABILITIES,
    /// A session of its own, without the terminal of whoever started the platform.
    OWN_SESSION,
    SYSTEM_CALL_FILTER,
    /// No file descriptors but the three of a command.
    CLOSED_DESCRIPTORS,
    /// What the command left is looked through before anybody else sees it.
    TREE_INSPECTION
}
