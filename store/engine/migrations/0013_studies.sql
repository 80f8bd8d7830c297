-- A study is fixed before its first run: `study_id` ends with a hash of its meaning, `file` is the text of its file.
CREATE TABLE studies (study_id VARCHAR, name VARCHAR, file VARCHAR, created_at TIMESTAMP);
-- The run of each cell; a run may be in several studies, and is there before it begins.
CREATE TABLE study_runs (
    study_id VARCHAR, dataset VARCHAR, arm VARCHAR, seed BIGINT, run_id VARCHAR, linked_at TIMESTAMP);
-- Runs that were taken in from an export have no checkpoints, and predictions of the test split alone.
ALTER TABLE runs ADD COLUMN imported BOOLEAN;
ALTER TABLE datasets ADD COLUMN imported BOOLEAN;
