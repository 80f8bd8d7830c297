"""The one error a user of the queue sees."""


class JobError(ValueError):
    """Something that cannot be queued or stopped; the message is one sentence for the user."""
