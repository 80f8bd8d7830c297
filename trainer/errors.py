"""The one error a user of the trainer sees."""

from catalog.spelling import escaped
from system.errors import UserError


class TrainerError(UserError):
    """A run that cannot start or go on; the message is one sentence naming the thing and the remedy, in UTF-8."""

    def __init__(self, message: str) -> None:
        super().__init__(escaped(message))


class Stopped(Exception):
    """The user asked the run to stop; everything up to the last finished epoch is kept."""
