"""What goes wrong with the store, in one sentence each."""


class StoreError(Exception):
    """The store cannot do what was asked; the message names the thing and the remedy."""


class StoreBusy(StoreError):
    """Another process held the store for longer than the caller would wait."""
