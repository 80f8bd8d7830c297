-- A mined sample's `predicted_class` was never the prediction: it is the strongest absent class, the rival.
CREATE TABLE new_mined AS
SELECT run_id, round, sample_id, true_class, predicted_class AS rival_class, margin, loss, reason FROM mined;
DROP TABLE mined;
ALTER TABLE new_mined RENAME TO mined;

-- What became of a sample has one vocabulary: fixed, still_wrong, newly_wrong, still_right. Both outcomes count from the
-- stage that mined the sample: `outcome_hard` to the end of the hard stage, `outcome` to the end of the round.
CREATE TABLE new_ledger AS
WITH known AS (
    SELECT l.*, l.fate IN ('regressed', 'held') AS before, l.fate IN ('fixed', 'held') AS after,
           CASE l.fate WHEN 'forgotten' THEN true WHEN 'still wrong' THEN false ELSE p.correct END AS hard
    FROM ledger l LEFT JOIN predictions p
      ON p.run_id = l.run_id AND p.round = l.round AND p.sample_id = l.sample_id AND p.stage = 'hard_negative')
SELECT run_id, round, sample_id, reason, true_class, predicted_class AS rival_class, served, margin_before, margin_after,
       CASE WHEN hard IS NULL OR fate IS NULL THEN NULL
            WHEN before THEN CASE WHEN hard THEN 'still_right' ELSE 'newly_wrong' END
            ELSE CASE WHEN hard THEN 'fixed' ELSE 'still_wrong' END END AS outcome_hard,
       CASE fate WHEN 'fixed' THEN 'fixed' WHEN 'forgotten' THEN 'still_wrong' WHEN 'still wrong' THEN 'still_wrong'
                 WHEN 'regressed' THEN 'newly_wrong' WHEN 'held' THEN 'still_right' END AS outcome
FROM known;
DROP TABLE ledger;
ALTER TABLE new_ledger RENAME TO ledger;

-- `n_fixed_then_wrong` are those of `n_still_wrong` that were right after the hard stage.
CREATE TABLE new_rounds AS
SELECT run_id, round, n_mined, n_next, n_fixed, n_still_wrong + n_forgotten AS n_still_wrong,
       n_regressed AS n_newly_wrong, n_held AS n_still_right, n_forgotten AS n_fixed_then_wrong,
       n_lost AS n_newly_wrong_unmined, noise_share, val_before, val_after, go_on, why, advice FROM rounds;
DROP TABLE rounds;
ALTER TABLE new_rounds RENAME TO rounds;
