-- 95 % intervals over patients; of a baseline also how much more the run's own maps score than it, on the same samples.
ALTER TABLE map_scores ADD COLUMN low DOUBLE;
ALTER TABLE map_scores ADD COLUMN high DOUBLE;
ALTER TABLE map_scores ADD COLUMN n_groups INTEGER;
ALTER TABLE map_scores ADD COLUMN gain DOUBLE;
ALTER TABLE map_scores ADD COLUMN gain_low DOUBLE;
ALTER TABLE map_scores ADD COLUMN gain_high DOUBLE;
