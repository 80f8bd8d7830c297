"""Map raw labels, and the marks in the image, to the classes a run is trained on."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from catalog.errors import CatalogError
from system import allowed_roots, plain_yaml
from system.atomic_files import atomic_write
from system.names import NAME
from system.paths import ROOT

SCHEMES = ROOT / "schemes"

Floats = NDArray[np.float64]
MarkKind = Literal["caliper", "text"]


@dataclass(frozen=True)
class Labelled:
    """A manifest under a label scheme.

    Attributes:
        samples: the samples that the scheme keeps; `label` and `labels` are its classes.
        classes: in the order of probabilities.
        n_left_out: how many samples have no class in the scheme.
    """

    samples: pd.DataFrame
    classes: tuple[str, ...]
    n_left_out: int


class Rule(BaseModel):
    """A line of a scheme: maps a raw label, with and without certain marks, to a class."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    label: Annotated[str, Field(description="Raw label")]
    has: Annotated[tuple[MarkKind, ...], Field(description="Marks that must be there")] = ()
    lacks: Annotated[tuple[MarkKind, ...], Field(description="Marks that must not be there")] = ()
    to: Annotated[str, Field(alias="class", description="Class of the scheme")]

    def fits(self, label: str, marks: set[str]) -> bool:
        """Check whether the rule applies to this raw label on an image with these marks."""
        return label == self.label and marks.issuperset(self.has) and marks.isdisjoint(self.lacks)


class Scheme(BaseModel):
    """A mapping of raw labels to classes; one without rules leaves all labels as they are.

    The first rule that fits decides. A label that no rule fits is left out; so is a sample whose `label` no rule fits.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Annotated[str, Field(pattern=f"^{NAME}$", description="What it is called")]
    description: Annotated[str, Field(max_length=500, description="One sentence on what it is for")] = ""
    classes: Annotated[tuple[str, ...], Field(description="Classes, in the order of probabilities")] = ()
    rules: Annotated[tuple[Rule, ...], Field(description="In order; the first that fits decides")] = ()
    collapse_to: Annotated[dict[str, str], Field(alias="collapse", description="Base class of every class")] = {}

    @model_validator(mode="after")
    def _is_whole(self) -> Scheme:
        if not (self.classes or self.rules or self.collapse_to):
            return self
        if len(set(self.classes)) != len(self.classes) or len(self.classes) < 2:
            raise ValueError("classes must be two or more, each named once")
        reached = {rule.to for rule in self.rules}
        for names, wrong in (
            (reached - set(self.classes), "a rule gives class '{}', which is not among the classes; add it there"),
            (set(self.classes) - reached, "no rule gives class '{}'; add one, or leave the class out"),
            (set(self.classes) - set(self.collapse_to), "class '{}' has no base class; add it to collapse"),
            (set(self.collapse_to) - set(self.classes), "collapse names '{}', which is not among the classes"),
        ):
            if names:
                raise ValueError(wrong.format(min(names)))
        return self

    @classmethod
    def load(cls, scheme: str | Path) -> Scheme:
        """Load a scheme by name (a built-in one) or by path (a YAML file).

        Raises:
            CatalogError: one sentence that names what is wrong and the remedy.
        """
        path = path_of(scheme)
        if not allowed_roots.is_allowed(path) or not path.is_file():
            raise CatalogError(
                f"There is no label scheme '{scheme}'; name one of {', '.join(available())}, or a YAML file that lies, "
                f"with links followed, below the folders that may be read: {allowed_roots.WHICH}."
            )
        try:
            values = plain_yaml.read(path)
        except plain_yaml.YamlError as error:
            raise CatalogError(f"{path.name} cannot be read as YAML: {error}.") from None
        if not isinstance(values, dict):
            raise CatalogError(f"{path.name} is not a label scheme; it must be a YAML mapping with a 'name'.")
        try:
            return cls.model_validate(values)
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            key = ".".join(str(part) for part in first["loc"])
            message = first["msg"].removeprefix("Value error, ")
            raise CatalogError(f"{path.name}: {f'{key}: ' if key else ''}{message}.") from None

    def apply(self, samples: pd.DataFrame, classes: Sequence[str]) -> Labelled:
        """Map the samples to the classes of this scheme.

        Args:
            samples: a manifest: columns label, labels and marks are read, all are kept.
            classes: raw labels of the dataset, in its order.
        Raises:
            CatalogError: a rule names a raw label that the dataset does not have.
        """
        if not self.rules:
            return Labelled(samples, tuple(classes), 0)
        if strange := sorted({rule.label for rule in self.rules} - set(classes)):
            raise CatalogError(
                f"Label scheme {self.name} has a rule for the raw label '{strange[0]}', which the dataset does not "
                f"have; its labels are {', '.join(classes)}."
            )
        place = {name: position for position, name in enumerate(self.classes)}
        label, labels = [], []
        for one, several, marks in zip(samples["label"], samples["labels"], map(set, samples["marks"]), strict=True):
            mapped = {self._class_of(raw, marks) for raw in several}
            label.append(self._class_of(one, marks))
            labels.append(sorted((name for name in mapped if name is not None), key=place.__getitem__))
        is_kept = np.array([name is not None for name in label])
        fresh = samples.assign(
            label=pd.Series(label, index=samples.index, dtype=object),
            labels=pd.Series(labels, index=samples.index, dtype=object),
        )
        return Labelled(fresh[is_kept], self.classes, int((~is_kept).sum()))

    def base_classes(self, classes: Sequence[str]) -> tuple[str, ...]:
        """Return the columns of `collapse`: raw labels that a class collapses to, in order.

        Raises:
            CatalogError: a class collapses to a label that the dataset does not have.
        """
        if not self.rules:
            return tuple(classes)
        if strange := sorted(set(self.collapse_to.values()) - set(classes)):
            raise CatalogError(
                f"Label scheme {self.name} collapses to '{strange[0]}', which the dataset does not have; "
                f"its labels are {', '.join(classes)}."
            )
        return tuple(name for name in classes if name in self.collapse_to.values())

    def collapse(self, probs: Floats, objective: Literal["softmax", "sigmoid"], classes: Sequence[str]) -> Floats:
        """Compute probabilities of the base classes, so that runs on different schemes compare.

        softmax: the sum, as parts of a class exclude each other. sigmoid: 1 - prod(1 - p), the probability that any
        part is present if they were independent. Sigmoids may add up to more than 1, so a sum could leave [0, 1]; the
        maximum would miss a class whose probability is spread over several parts. This value lies between the two.

        Args:
            probs: (N, C), columns in the order of the scheme's classes.
            objective: how they were made.
            classes: raw labels of the dataset, in its order.
        Returns:
            (N, C_base), columns in the order of `base_classes`.
        Raises:
            ValueError: probs does not have one column per class.
        """
        base = self.base_classes(classes)
        if probs.ndim != 2 or probs.shape[1] != len(self.classes or base):
            raise ValueError(f"probs must have {len(self.classes or base)} columns, not the shape {probs.shape}")
        if not self.rules:
            return probs
        part_of = np.array(
            [[self.collapse_to[name] == whole for whole in base] for name in self.classes]
        )  # (C, C_base)
        if objective == "softmax":
            return np.asarray(probs @ part_of, np.float64)
        absent = [np.prod(1 - probs[:, part], axis=1) for part in part_of.T]
        return 1 - np.stack(absent, axis=1)

    def _class_of(self, label: str, marks: set[str]) -> str | None:
        return next((rule.to for rule in self.rules if rule.fits(label, marks)), None)


def available() -> list[str]:
    """List the names of the built-in schemes, `base` first."""
    return sorted((path.stem for path in SCHEMES.glob("*.yaml")), key=lambda name: (name != "base", name))


def path_of(scheme: str | Path) -> Path:
    """Return the file of a scheme: of a built-in one by its name, else the path itself."""
    path = Path(scheme)
    return path if path.suffix in {".yaml", ".yml"} else SCHEMES / f"{scheme}.yaml"


def keep(scheme: str, folder: Path) -> str:
    """Copy a scheme's file into a folder and return its path; a built-in scheme keeps its name.

    The copy is named by its content hash, so an edited scheme gets a new file and unchanged ones share one.

    Raises:
        CatalogError: there is no such scheme, or it is not valid.
    """
    Scheme.load(scheme)
    path = path_of(scheme)
    if str(path) != scheme:
        return scheme
    content = path.read_bytes()
    ending = f"-{hashlib.sha256(content).hexdigest()[:12]}"
    copy = folder / f"{path.stem.removesuffix(ending)}{ending}.yaml"
    if not (copy.is_file() and copy.read_bytes() == content):
        folder.mkdir(parents=True, exist_ok=True)
        with atomic_write(copy) as temporary:
            temporary.write_bytes(content)
    return str(copy)
