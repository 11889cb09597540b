package dev.soma.kamachiq.internal;

import dev.soma.runtime.Settings;
import org.springframework.boot.context.properties.bind.DefaultValue;

/// @param adoptAfterSeconds how long a project is under way before it may be begun again on a
/// server
/// that does not know it, and how often that is looked at
/// @param bubblewrap program that confines commands of agents
/// @param build name of the workflows that this node runs; empty for a digest of their code.
/// Projects
/// stay with workers of the build that began them, and go on with another where none is left
/// @param firstUser numeric id of the first of the users that exist for sandboxes alone
/// @param model address of the model that writes what the library does not have, where a
/// specification names none; empty for none
/// @param namespace of the Temporal server; made where it is missing
/// @param shares of tenants that get more or less of the workers than others, such as `acme=2
/// labs=0.5`
/// @param temporal address of the Temporal server, `host:port`; empty for a platform that carries
/// out no projects
/// @param users how many sandboxes run at once
/// @param workspaces folder of work under review; the sandboxes' users pass through it
@Settings("soma.kamachiq")
record KamachiqSettings(
        @DefaultValue("60") int adoptAfterSeconds,
        @DefaultValue("/usr/bin/bwrap") String bubblewrap,
        @DefaultValue("") String build,
        @DefaultValue("61000") int firstUser,
        @DefaultValue("") String model,
        @DefaultValue("default") String namespace,
        @DefaultValue("") String shares,
        @DefaultValue("") String temporal,
        @DefaultValue("16") int users,
        @DefaultValue("/var/tmp/soma-kamachiq") String workspaces) {}
