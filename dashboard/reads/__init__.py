"""Read the store and the catalog through caches that all browser sessions share."""
