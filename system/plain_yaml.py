"""Read YAML of users safely; refuse at once what would expand to huge data."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

MAX_BYTES = 256 * 2**10
MAX_DEPTH = 20  # lists and mappings within each other
MAX_VALUES = 10_000  # with every alias written out


class YamlError(ValueError):
    """Refuse a text; the message is one clause that says why."""


def read(path: Path) -> Any:
    """Read a file of YAML as `parse` does.

    Raises:
        YamlError: it cannot be read, is no UTF-8, or `parse` refuses it.
    """
    try:
        with path.open("rb") as stream:
            data = stream.read(MAX_BYTES + 1)
        return parse(data.decode("utf-8"), len(data))
    except (OSError, UnicodeDecodeError) as error:
        raise YamlError(str(error).splitlines()[0]) from None


def parse(text: str, n_bytes: int | None = None) -> Any:
    """Parse plain values from YAML: mappings, lists, texts, numbers.

    Values are counted, with aliases written out, before anything is built: what looks at a value of ten nested
    aliases later (validation, copies, sentences) would meet billions of them.

    Args:
        text: the YAML.
        n_bytes: how long it is in a file, where that is known.
    Raises:
        YamlError: it is no YAML, or has more than MAX_BYTES, MAX_DEPTH or MAX_VALUES.
    """
    if (len(text) if n_bytes is None else n_bytes) > MAX_BYTES:
        raise YamlError(f"it has more than {MAX_BYTES // 2**10} KiB")
    try:
        _check_size(text)
        return yaml.load(text, Loader=_EachKeyOnce)
    except yaml.YAMLError as error:
        raise YamlError(str(error).splitlines()[0]) from None
    except (ValueError, TypeError, OverflowError, RecursionError) as error:
        # A date of month 13, or a number of a thousand digits.
        raise error if isinstance(error, YamlError) else YamlError(str(error).splitlines()[0]) from None


class _EachKeyOnce(yaml.SafeLoader):
    """Refuse a key that a mapping has twice: YAML would keep the last one without a word."""

    def compose_mapping_node(self, anchor: Any) -> yaml.MappingNode:
        """Read one mapping; a key that `<<` brings may be written again, which replaces it."""
        node: yaml.MappingNode = super().compose_mapping_node(anchor)
        written = [key.value for key, _ in node.value if isinstance(key, yaml.ScalarNode)]
        if twice := [key for key in written if written.count(key) > 1]:
            raise YamlError(f"the key '{str(twice[0])[:40]}' is there twice in one mapping; keep one of them")
        return node


@dataclass
class _Open:
    """Count the values of a list or mapping that has not ended yet; keep its anchor."""

    anchor: str | None
    size: int = 1


def _check_size(text: str) -> None:
    sizes: dict[str, int] = {}  # anchor: values behind it
    above = [_Open(None)]
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        if isinstance(event, yaml.CollectionStartEvent):
            above.append(_Open(event.anchor))
            if len(above) > MAX_DEPTH + 1:
                raise YamlError(f"its lists and mappings are nested more than {MAX_DEPTH} deep")
            continue
        if isinstance(event, yaml.CollectionEndEvent):
            ended = above.pop()
            size = ended.size
            anchor = ended.anchor
        elif isinstance(event, yaml.ScalarEvent):
            size, anchor = 1, event.anchor
        elif isinstance(event, yaml.AliasEvent):
            if event.anchor not in sizes:
                raise YamlError(f"its alias '*{str(event.anchor)[:40]}' names nothing that was written before it")
            size, anchor = sizes[event.anchor], None
        else:
            continue
        if anchor is not None:
            sizes[anchor] = size
        above[-1].size += size
        if sum(one.size for one in above) > MAX_VALUES:
            raise YamlError(f"it holds more than {MAX_VALUES:,} values, with its aliases written out")
