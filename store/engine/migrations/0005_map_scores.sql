CREATE TABLE map_scores (
    run_id VARCHAR, round INTEGER, stage VARCHAR, method VARCHAR, layer VARCHAR, score VARCHAR, maps VARCHAR,
    class_name VARCHAR, value DOUBLE, n INTEGER, created_at TIMESTAMP);
