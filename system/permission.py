"""Ask whether an action is allowed, before anything is changed.

Functions below the pages ask. There is no sign-in yet: everybody who reaches the app may do everything. A sign-in would
set a rule, once, where the app starts. No page has to change: pages show the sentence of a refusal like that of any
other mistake.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Literal

from system.errors import UserError

Action = Literal[
    "train", "phantom", "explain", "import", "check", "stop", "put_first", "delete_run", "keep_best", "verdict",
    "undo_verdict", "revise",
]  # fmt: skip

# From an action and what it is done to (a run, a job, a dataset or a sample) to why not, in one sentence, or None.
Rule = Callable[[Action, str], str | None]


def everybody(action: Action, subject: str) -> str | None:
    """Refuse nothing: the rule of a tool that one team runs on its own machine."""
    return None


class NotPermitted(UserError):
    """Refuse an action; the message is the sentence of the rule."""


_rules: list[Rule] = [everybody]


def ask(action: Action, subject: str) -> None:
    """Raise NotPermitted with the rule's sentence when this may not be done."""
    reason = _rules[-1](action, subject)
    if reason is not None:
        raise NotPermitted(reason)


@contextmanager
def ruled(rule: Rule) -> Iterator[None]:
    """Replace the rule for the length of the block, in all threads of this process."""
    _rules.append(rule)
    try:
        yield
    finally:
        _rules.remove(rule)
