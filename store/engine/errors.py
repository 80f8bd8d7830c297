"""What goes wrong with the store, in one sentence each."""

from system.errors import UserError


class StoreError(UserError):
    """The store cannot do what was asked; the message names the thing and the remedy."""


class Superseded(StoreError):
    """This process was taken for lost, and another one has its place: it may write nothing more."""


class StoreBusy(StoreError):
    """Another process held the store for longer than the caller would wait."""
