-- What made a run: a JSON list, one mapping for each environment that it was started or resumed in; {} = not recorded.
ALTER TABLE runs ADD COLUMN environment VARCHAR;
