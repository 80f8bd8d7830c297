"""What pages share: pickers, galleries, figures, cached reading, and every text that users read."""
