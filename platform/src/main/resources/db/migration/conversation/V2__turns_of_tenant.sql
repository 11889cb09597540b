-- How many turns of a tenant run is counted at every admission under a constitution that bounds them.
CREATE INDEX turn_running_of_tenant ON turn (tenant) WHERE state = 'RUNNING';
