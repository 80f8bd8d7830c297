"""Define the errors of the store; each message is one sentence."""

from system.errors import UserError


class StoreError(UserError):
    """The store cannot do what was asked; the message names the thing and the remedy."""


class Superseded(StoreError):
    """This process was recorded as lost and has been replaced: it may write nothing more."""


class StoreBusy(StoreError):
    """Another process held the store for longer than the caller would wait."""
