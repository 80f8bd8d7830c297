"""How the store is opened: turns, DuckDB instance, checkpoint journal, schema and migrations, fencing."""
