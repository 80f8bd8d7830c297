"""Draw what several pages share: URL state, galleries, drill-down, downloads, claims."""
