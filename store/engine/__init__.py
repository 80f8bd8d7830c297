"""Open the store: access order, DuckDB instance, checkpoint journal, migrations, fencing."""
