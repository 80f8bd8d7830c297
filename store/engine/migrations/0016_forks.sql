-- A run may start from a finished stage of another; the rows of the stages before that are copied to it.
ALTER TABLE runs ADD COLUMN forked_from VARCHAR;
ALTER TABLE runs ADD COLUMN forked_round INTEGER;
ALTER TABLE runs ADD COLUMN forked_stage VARCHAR;
-- Of a stage that another run has trained: what it cost there. NULL = the run trained the stage itself.
ALTER TABLE stages ADD COLUMN inherited BOOLEAN;
ALTER TABLE stages ADD COLUMN inherited_steps INTEGER;
ALTER TABLE stages ADD COLUMN inherited_samples BIGINT;
ALTER TABLE stages ADD COLUMN inherited_seconds DOUBLE;
ALTER TABLE stages ADD COLUMN inherited_cpu_seconds DOUBLE;
