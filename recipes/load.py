"""Find and read the YAML of a recipe, and apply settings to it.

Extended recipes are merged, and relative file names are resolved.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from recipes.messages import RecipeError
from system import plain_yaml
from system.paths import ROOT, is_file, locate_yaml

RECIPES = Path(__file__).resolve().parent
_FILE_KEYS = {"weights", "label_scheme"}


def available() -> list[str]:
    """List the names of the recipes that ship, `demo` first."""
    names = sorted(path.stem for path in RECIPES.glob("*.yaml"))
    return sorted(names, key=lambda name: (not name.startswith("demo"), name))


def parse_setting(text: str) -> tuple[str, Any]:
    """Split a command line's `key=value` and parse the value as YAML.

    Raises:
        RecipeError: there is no `=` or no key, or the value is not YAML.
    """
    key, equals, value = text.partition("=")
    if not equals or not key.strip():
        raise RecipeError(f"'{text}' is not a setting; write it as key=value, for example full.epochs=3.")
    try:
        return key.strip(), plain_yaml.parse(value)
    except plain_yaml.YamlError as error:
        raise RecipeError(f"The value of '{key.strip()}' cannot be read as YAML: {error}.") from None


def read(recipe: str | Path, settings: Mapping[str, Any]) -> tuple[dict[str, Any], str]:
    """Read the plain values of a recipe, not validated yet, and the name of its file.

    Args:
        recipe, settings: as for `Recipe.load`.
    Raises:
        RecipeError: no such recipe, a file that is not one, or a setting below a key that holds no further keys.
    """
    path = _locate(recipe)
    values = _read(path, open_files=())
    for key, value in settings.items():
        _put(values, key, _resolve_file(key, value, (Path.cwd(), path.parent, ROOT)))
    return values, path.name


def spelled_out(key: str, value: Any) -> Any:
    """Return a key's value in full: `confidence_filter: 0.5` stands for its threshold."""
    short = key == "confidence_filter" and not isinstance(value, Mapping)
    return {"threshold": value} if short else value


def _locate(recipe: str | Path) -> Path:
    return locate_yaml(recipe, "recipe", {name: RECIPES / f"{name}.yaml" for name in available()}, RecipeError)


def _read(path: Path, open_files: tuple[Path, ...]) -> dict[str, Any]:
    if path in open_files:
        raise RecipeError(f"{path.name} extends itself; remove one of the 'extends' lines.")
    try:
        values = plain_yaml.read(path)
    except plain_yaml.YamlError as error:
        raise RecipeError(f"{path.name} cannot be read as YAML: {error}.") from None
    if not isinstance(values, dict):
        raise RecipeError(f"{path.name} is not a recipe; it must be a YAML mapping with a 'name'.")
    for key in _FILE_KEYS & values.keys():
        values[key] = _resolve_file(key, values[key], (path.parent, Path.cwd(), ROOT))
    parent = values.pop("extends", None)
    if parent is None:
        return {key: spelled_out(key, value) for key, value in values.items()}
    merged = _read(_sibling(path, str(parent)), (*open_files, path))
    for own in ("name", "description"):  # not inherited: two recipes of one name could not be distinguished
        merged.pop(own, None)
    for key, value in values.items():
        value = spelled_out(key, value)
        if isinstance(value, dict) and isinstance(merged.get(key), dict):
            merged[key] = {**merged[key], **value}
        else:
            merged[key] = value
    return merged


def _sibling(path: Path, parent: str) -> Path:
    if Path(parent).name != parent:
        raise RecipeError(f"{path.name}: extends must name a recipe beside it, not a path ({parent}).")
    sibling = path.parent / f"{parent}.yaml"
    return sibling if is_file(sibling) and sibling != path else _locate(parent)


def _resolve_file(key: str, value: Any, folders: tuple[Path, ...]) -> Any:
    """Return a key's value, with a relative file resolved in the first folder that has it.

    An absolute path names the same file wherever the recipe is read again: in the worker, and when its run is resumed.
    """
    if key not in _FILE_KEYS or not isinstance(value, str) or "." not in value:
        return value
    return next((str(file.resolve()) for folder in folders if is_file(file := folder / value)), value)


def _put(values: dict[str, Any], key: str, value: Any) -> None:
    if key == "confidence_filter" and not isinstance(value, Mapping):
        key = "confidence_filter.threshold"
    *parents, last = key.split(".")
    for parent in parents:
        nested = values.setdefault(parent, {})
        if not isinstance(nested, dict):
            raise RecipeError(f"'{key}' is not a recipe key: '{parent}' holds no further keys.")
        values[parent] = dict(nested)
        values = values[parent]
    values[last] = value
