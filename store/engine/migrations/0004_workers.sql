ALTER TABLE jobs ADD COLUMN device VARCHAR;
CREATE TABLE workers (
    host VARCHAR, device VARCHAR, fence BIGINT, pid INTEGER, pid_started DOUBLE, boot_id VARCHAR, started_at TIMESTAMP,
    heartbeat_at TIMESTAMP, PRIMARY KEY (host, device));
