"""Write the page of all recipe keys, from the recipe's own fields.

Run as: `python -m recipes.docs_page > docs/recipes.md`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal, get_args, get_origin

import yaml
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from recipes.schema import Recipe

HEAD = """# Recipe keys

A recipe is a YAML file; nested keys are written `full: {epochs: 10}` in it, and `--set full.epochs=10` on the command
line. A file may begin with `extends: NAME`, another recipe of its folder. Unknown keys and impossible values are
refused before any work starts. A relative file (weights, a label scheme) is looked up next to the recipe that names
it, then in the working folder, then in the program's folder.

| key | allowed | default | what it is for |
|---|---|---|---|
"""

_SIGNS = {"ge": "≥", "gt": ">", "le": "≤", "lt": "<"}


def page() -> str:
    """Return the page as Markdown: one row per key, with allowed values, default and purpose."""
    rows = (
        f"| `{key}` | {_allowed(field)} | {_default(field)} | {field.description or ''} |\n"
        for key, field in fields(Recipe)
    )
    return HEAD + "".join(rows)


def fields(model: type[BaseModel], prefix: str = "", parent_default: Any = None) -> Iterator[tuple[str, FieldInfo]]:
    """Yield every dotted key with its field; a stage's own default replaces that of its kind.

    Args:
        parent_default: the default of the nested settings as a whole; None at the top, or if there is none.
    """
    for name, field in model.model_fields.items():
        nested = field.annotation
        if isinstance(nested, type) and issubclass(nested, BaseModel):
            yield from fields(nested, f"{prefix}{name}.", field.default)
        elif parent_default is None:
            yield f"{prefix}{name}", field
        else:
            own = FieldInfo.merge_field_infos(field, default=getattr(parent_default, name))
            yield f"{prefix}{name}", own


def _allowed(field: FieldInfo) -> str:
    choices = _choices(field.annotation)
    if choices:
        return ", ".join(f"`{choice}`" for choice in choices)
    if get_origin(field.annotation) is tuple:
        return "list of " + ", ".join(f"`{choice}`" for choice in _choices(get_args(field.annotation)[0]))
    if field.examples:
        return ", ".join(f"`{choice}`" for choice in field.examples) + ", or as described"
    rules = [
        f"{sign} {getattr(rule, word):,}"
        for rule in field.metadata
        for word, sign in _SIGNS.items()
        if getattr(rule, word, None) is not None
    ]
    kinds = [part.__name__ for part in get_args(field.annotation) or (field.annotation,) if part is not type(None)]
    words = {"int": "whole number", "float": "number", "str": "text", "bool": "`true`, `false`"}
    null = ", or `null`" if type(None) in get_args(field.annotation) else ""
    return " ".join([words.get(kinds[0], kinds[0]), " and ".join(rules)]).strip() + null


def _choices(annotation: Any) -> tuple[Any, ...]:
    return get_args(annotation) if get_origin(annotation) is Literal else ()


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "(must be given)"
    default = list(field.default) if isinstance(field.default, tuple) else field.default
    flow = True if isinstance(default, list) else None
    text = yaml.safe_dump(default, allow_unicode=True, default_flow_style=flow).removesuffix("\n").removesuffix("\n...")
    return f"`{text}`" if text != "''" else "(empty)"


if __name__ == "__main__":
    print(page(), end="")
