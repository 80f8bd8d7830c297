"""The one error a user of the queue sees."""

from system.errors import UserError


class JobError(UserError):
    """Something that cannot be queued or stopped; the message is one sentence for the user."""
