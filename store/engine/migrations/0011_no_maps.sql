-- Why a run makes no class activation maps, as one sentence; NULL = it makes them. (Stores made while this had the number
-- of another migration have the column.)
ALTER TABLE runs ADD COLUMN IF NOT EXISTS no_maps VARCHAR;
