"""Define the error that users of the queue see."""

from system.errors import UserError


class JobError(UserError):
    """Report a job that cannot be queued or stopped; the message is one sentence for the user."""
