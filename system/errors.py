"""Define the base of all errors that are written for users."""

from __future__ import annotations


class UserError(Exception):
    """Report a mistake or a fault in one sentence for the user.

    The message names the thing and the remedy; pages and command lines show it as it is. Every other exception is a
    fault of the program. It is no ValueError: a handler for bad values must not swallow it, nor a handler for it hide
    a programming error.
    """
