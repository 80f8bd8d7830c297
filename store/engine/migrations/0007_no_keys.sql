-- Keys make indexes, and DuckDB 1.5 is known to bring those back wrong from its log (duckdb issues 15836, 23788, 25928).
-- Writers look before they insert, one at a time, and `python -m store check` looks for what is there twice.
CREATE TABLE new_datasets AS FROM datasets;
DROP TABLE datasets;
ALTER TABLE new_datasets RENAME TO datasets;
CREATE TABLE new_runs AS FROM runs;
DROP TABLE runs;
ALTER TABLE new_runs RENAME TO runs;
CREATE TABLE new_workers AS FROM workers;
DROP TABLE workers;
ALTER TABLE new_workers RENAME TO workers;
