-- Processor seconds that a stage's training took, all processes together; NULL = not recorded.
ALTER TABLE stages ADD COLUMN cpu_seconds DOUBLE;
-- Patients on whose samples a run's own maps and those of a baseline score differently; NULL = not recorded.
ALTER TABLE map_scores ADD COLUMN n_telling INTEGER;
