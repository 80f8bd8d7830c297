"""Mining: miners, hard negatives, label-noise guard, training dynamics and the ledger."""
