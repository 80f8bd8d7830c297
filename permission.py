"""May this person do that? Asked by every function that changes something, below the pages, before it does.

There is no sign-in yet: everybody who reaches the app may do everything. Whoever brings one makes a rule of it, once,
where the app starts; no page has to change, as pages show the sentence of a refusal like that of any other mistake.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Literal

Action = Literal[
    "train", "phantom", "explain", "import", "check", "stop", "put_first", "delete_run", "keep_best", "verdict",
    "undo_verdict", "revise",
]  # fmt: skip

# From an action and what it is done to (a run, a job, a dataset or a sample) to why not, in one sentence, or None.
Rule = Callable[[Action, str], str | None]


def everybody(action: Action, subject: str) -> str | None:
    """The rule of a tool that one team runs on its own machine: nothing is refused."""
    return None


_rules: list[Rule] = [everybody]


def ask(action: Action, subject: str, refusal: type[Exception]) -> None:
    """Raise `refusal` with the rule's sentence when this may not be done; refusal: what the caller's pages know."""
    reason = _rules[-1](action, subject)
    if reason is not None:
        raise refusal(reason)


@contextmanager
def ruled(rule: Rule) -> Iterator[None]:
    """For the length of the block another rule holds, in all threads of this process."""
    _rules.append(rule)
    try:
        yield
    finally:
        _rules.remove(rule)
