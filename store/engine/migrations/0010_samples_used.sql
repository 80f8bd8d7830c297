-- Samples served and samples learned from are two numbers: a confidence filter or OHEM leaves some out of the loss.
-- Of earlier epochs and stages only `share_used` is known. `warning`: a sentence, NULL where all is well.
ALTER TABLE epochs ADD COLUMN samples_seen BIGINT;
ALTER TABLE epochs ADD COLUMN samples_used BIGINT;
ALTER TABLE epochs ADD COLUMN warning VARCHAR;
ALTER TABLE stages ADD COLUMN samples_used BIGINT;
ALTER TABLE ledger ADD COLUMN used INTEGER;

-- The filter was one number and held in every stage; recipes are compared key by key, so earlier ones say it in full.
UPDATE runs SET recipe = regexp_replace(
    recipe, '"confidence_filter": (null|[0-9.eE+-]+)',
    '"confidence_filter": {"threshold": \1, "stages": ["full", "hard_negative", "refined"]}');
