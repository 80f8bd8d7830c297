"""Mine hard negatives: miners, label-noise guard, training dynamics and the ledger."""
