-- How a run learned each training sample, at the end of each stage. `learned_epoch`: epoch of the run since which the
-- sample has been right whenever drawn, NULL = not learned; `prob_true`: mean probability of the true class.
CREATE TABLE IF NOT EXISTS dynamics (
    run_id VARCHAR, round INTEGER, stage VARCHAR, sample_id VARCHAR, drawn INTEGER, learned_epoch INTEGER,
    forgotten INTEGER, aum FLOAT, prob_true FLOAT);
