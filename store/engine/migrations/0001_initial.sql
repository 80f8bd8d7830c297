CREATE TABLE datasets (
    dataset_id VARCHAR PRIMARY KEY, name VARCHAR, version INTEGER, classes VARCHAR[], n_samples INTEGER,
    content_hash VARCHAR, folder VARCHAR, created_at TIMESTAMP);
CREATE TABLE samples (
    dataset_id VARCHAR, sample_id VARCHAR, position INTEGER, path VARCHAR, patient VARCHAR, split VARCHAR,
    label VARCHAR, labels VARCHAR[], ambiguity DOUBLE, marks VARCHAR[], boxes VARCHAR);
CREATE TABLE runs (
    run_id VARCHAR PRIMARY KEY, recipe_name VARCHAR, recipe VARCHAR, objective VARCHAR, model VARCHAR,
    dataset_id VARCHAR, classes VARCHAR[], seed BIGINT, control BOOLEAN, rounds INTEGER, device VARCHAR,
    status VARCHAR, error VARCHAR, created_at TIMESTAMP, finished_at TIMESTAMP);
CREATE TABLE stages (
    run_id VARCHAR, round INTEGER, stage VARCHAR, position INTEGER, epochs INTEGER, best_epoch INTEGER, steps INTEGER,
    samples_seen BIGINT, seconds DOUBLE, images_per_s DOUBLE, thresholds DOUBLE[], n_mined INTEGER,
    started_at TIMESTAMP, finished_at TIMESTAMP);
CREATE TABLE epochs (
    run_id VARCHAR, round INTEGER, stage VARCHAR, position INTEGER, epoch INTEGER, global_epoch INTEGER, lr DOUBLE,
    train_loss DOUBLE, val_loss DOUBLE, val_accuracy DOUBLE, val_macro_f1 DOUBLE, share_used DOUBLE,
    images_per_s DOUBLE, seconds DOUBLE);
CREATE TABLE metrics (
    run_id VARCHAR, round INTEGER, stage VARCHAR, split VARCHAR, class_name VARCHAR, metric VARCHAR, value DOUBLE,
    n INTEGER);
CREATE TABLE predictions (
    run_id VARCHAR, round INTEGER, stage VARCHAR, sample_id VARCHAR, split VARCHAR, targets FLOAT[], probs FLOAT[],
    loss FLOAT, correct BOOLEAN);
CREATE TABLE mined (
    run_id VARCHAR, round INTEGER, sample_id VARCHAR, true_class VARCHAR, predicted_class VARCHAR, margin DOUBLE,
    loss DOUBLE, reason VARCHAR);
CREATE TABLE cams (
    run_id VARCHAR, round INTEGER, stage VARCHAR, sample_id VARCHAR, class_name VARCHAR, method VARCHAR, layer VARCHAR,
    path VARCHAR, created_at TIMESTAMP);
CREATE TABLE verdicts (
    verdict_id VARCHAR, dataset_id VARCHAR, sample_id VARCHAR, run_id VARCHAR, reviewer VARCHAR, verdict VARCHAR,
    right_label VARCHAR, note VARCHAR, created_at TIMESTAMP);
CREATE TABLE jobs (
    job_id VARCHAR, kind VARCHAR, state VARCHAR, run_id VARCHAR, title VARCHAR, args VARCHAR,
    dataset VARCHAR, seed BIGINT, priority INTEGER, pid INTEGER, pid_started DOUBLE, boot_id VARCHAR, round INTEGER,
    stage VARCHAR, epoch INTEGER, epochs INTEGER, step INTEGER, steps INTEGER, images_per_s DOUBLE, seconds_left DOUBLE,
    message VARCHAR, error VARCHAR, log VARCHAR, created_at TIMESTAMP, started_at TIMESTAMP, heartbeat_at TIMESTAMP,
    finished_at TIMESTAMP);
