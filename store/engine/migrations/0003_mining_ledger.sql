CREATE TABLE ledger (
    run_id VARCHAR, round INTEGER, sample_id VARCHAR, reason VARCHAR, true_class VARCHAR, predicted_class VARCHAR,
    served INTEGER, margin_before DOUBLE, margin_after DOUBLE, fate VARCHAR);
CREATE TABLE rounds (
    run_id VARCHAR, round INTEGER, n_mined INTEGER, n_next INTEGER, n_fixed INTEGER, n_still_wrong INTEGER,
    n_forgotten INTEGER, n_regressed INTEGER, n_held INTEGER, n_lost INTEGER, noise_share DOUBLE, val_before DOUBLE,
    val_after DOUBLE, go_on BOOLEAN, why VARCHAR, advice VARCHAR);
CREATE TABLE suspects (
    run_id VARCHAR, round INTEGER, sample_id VARCHAR, given_class VARCHAR, suggested_class VARCHAR, aum DOUBLE,
    self_confidence DOUBLE);
