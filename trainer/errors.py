"""Define the errors of the trainer."""

from catalog.spelling import escaped
from system.errors import UserError


class TrainerError(UserError):
    """A run that cannot start or go on.

    The message is one sentence in UTF-8 that names the cause and the remedy.
    """

    def __init__(self, message: str) -> None:
        super().__init__(escaped(message))


class Stopped(Exception):
    """A stop that the user asked for; everything up to the last finished epoch is stored."""
