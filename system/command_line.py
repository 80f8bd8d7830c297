"""Keep files private, word mistakes in one sentence, and end as a command line should."""

from __future__ import annotations

import argparse
import io
import os
import select
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

from system.umask import keep_private

_PIPE_CLOSED = 141  # what a shell says of a program that SIGPIPE ended


class Parser(argparse.ArgumentParser):
    """Parse arguments as argparse does; answer a mistake with one sentence and exit code 2."""

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """Parse as argparse does; text that is not UTF-8 is a mistake, as the store cannot keep it."""
        parsed, left = super().parse_known_args(args, namespace)
        for value in vars(parsed).values():
            for text in value if isinstance(value, list) else [value]:
                if isinstance(text, str | Path) and not _is_utf8(str(text)):
                    self.error(f"{str(text)!a} is not UTF-8")
        return parsed, left

    def error(self, message: str) -> NoReturn:
        """Print one sentence and exit with 2."""
        self.exit(2, f"{self.prog}: {message.rstrip('.')}; see {self.prog} --help.\n")


def _is_utf8(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def end(main: Callable[[], int]) -> NoReturn:
    """Run the main function of a command line and exit with its code.

    Where the reader of stdout left early (`| head -1`) the exit is silent. SIGPIPE stays ignored: at its default it
    would also end a program that writes to a worker of its own that died.
    What the encoding of stdout cannot hold, such as a file name that is not UTF-8, is escaped, as it is on stderr.
    """
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")
    keep_private()
    try:
        try:
            code: str | int | None = main()
        except SystemExit as asked:
            code = asked.code
        sys.stdout.flush()
    except BrokenPipeError:
        if not _reader_left():
            raise
        # What is still to be written goes nowhere, so that the exit is silent too.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = _PIPE_CLOSED
    sys.exit(code)


def _reader_left() -> bool:
    watch = select.poll()
    watch.register(sys.stdout.fileno(), 0)
    return any(event & (select.POLLERR | select.POLLHUP) for _, event in watch.poll(0))
