"""The one error a user of the trainer sees."""


class TrainerError(Exception):
    """A run that cannot start or go on; the message is one sentence naming the thing and the remedy."""


class Stopped(Exception):
    """The user asked the run to stop; everything up to the last finished epoch is kept."""
