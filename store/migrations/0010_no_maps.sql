-- Why a run makes no class activation maps, as one sentence; NULL = it makes them.
ALTER TABLE runs ADD COLUMN no_maps VARCHAR;
