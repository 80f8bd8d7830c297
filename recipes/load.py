"""Find and read the YAML of a recipe: extended recipes merged, relative files made whole, settings applied."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from recipes.messages import RecipeError
from system import plain_yaml
from system.paths import ROOT

RECIPES = Path(__file__).resolve().parent
_FILE_KEYS = {"weights", "label_scheme"}


def available() -> list[str]:
    """List the names of the recipes that ship, `demo` first."""
    names = sorted(path.stem for path in RECIPES.glob("*.yaml"))
    return sorted(names, key=lambda name: (not name.startswith("demo"), name))


def parse_setting(text: str) -> tuple[str, Any]:
    """Split a command line's `key=value`; the value is read as YAML (`3`, `true`, `null`, `resnet18`)."""
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
    values = _read(path, seen=())
    for key, value in settings.items():
        _put(values, key, _whole_path(key, value, (Path.cwd(), path.parent, ROOT)))
    return values, path.name


def spelled_out(key: str, value: Any) -> Any:
    """Write a confidence filter that is given as its threshold alone, `confidence_filter: 0.5`, in full."""
    short = key == "confidence_filter" and not isinstance(value, Mapping)
    return {"threshold": value} if short else value


def _locate(recipe: str | Path) -> Path:
    path = Path(recipe)
    if path.suffix not in {".yaml", ".yml"}:
        path = RECIPES / f"{recipe}.yaml"
        if not path.is_file():
            raise RecipeError(f"There is no recipe '{recipe}'; the ones that ship are {', '.join(available())}.")
    if not path.is_file():
        raise RecipeError(f"There is no recipe file {path}; name a YAML file or one of {', '.join(available())}.")
    return path


def _read(path: Path, seen: tuple[Path, ...]) -> dict[str, Any]:
    if path in seen:
        raise RecipeError(f"{path.name} extends itself; remove one of the 'extends' lines.")
    try:
        values = plain_yaml.read(path)
    except plain_yaml.YamlError as error:
        raise RecipeError(f"{path.name} cannot be read as YAML: {error}.") from None
    if not isinstance(values, dict):
        raise RecipeError(f"{path.name} is not a recipe; it must be a YAML mapping with a 'name'.")
    for key in _FILE_KEYS & values.keys():
        values[key] = _whole_path(key, values[key], (path.parent, Path.cwd(), ROOT))
    parent = values.pop("extends", None)
    if parent is None:
        return {key: spelled_out(key, value) for key, value in values.items()}
    merged = _read(_sibling(path, str(parent)), (*seen, path))
    for own in ("name", "description"):  # what a file says of itself; two recipes of one name could not be told apart
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
    beside = path.parent / f"{parent}.yaml"
    return beside if beside.is_file() and beside != path else _locate(parent)


def _whole_path(key: str, value: Any, folders: tuple[Path, ...]) -> Any:
    """Return the value of a key that names a relative file as the path in the first of the folders that has it.

    Whole, it names the same file wherever the recipe is read again: in the worker, and when its run is resumed.
    """
    if key not in _FILE_KEYS or not isinstance(value, str) or "." not in value:
        return value
    return next((str(file.resolve()) for folder in folders if (file := folder / value).is_file()), value)


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
