-- Where the audit logs say how turns ended; written by each log's relay.
CREATE TABLE turn_place (
    decision_id uuid PRIMARY KEY,
    log_origin text NOT NULL,
    log_index bigint NOT NULL
);
