"""Accumulate training dynamics: margins, probabilities and forgetting events of each sample."""

from __future__ import annotations

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from torch import Tensor

from trainer.network.objectives import Objective


class Dynamics:
    """Sums over all training predictions of each sample, each augmented as it was when drawn.

    N samples of the dataset, C classes; those that are never drawn, as in validation and test, stay at zero.

    Attributes:
        sampled: (N,) int, how often the sample was drawn.
        sampled_hard: (N,) int, how often in the newest hard stage.
        used_hard: (N,) int, how often it was then learned from; a confidence filter or OHEM may leave it out.
        forgotten: (N,) int, how often it was right when drawn and wrong the next time (Toneva et al. 2019).
        learned: (N,) float, the epoch of the run since which the sample has been right whenever drawn; NaN = not
            learned: wrong when it was drawn last, or never drawn.
        knows_learned: whether `learned` is known; a run that began in an older version did not keep it.
    """

    def __init__(self, n_samples: int, n_classes: int) -> None:
        self.sampled = np.zeros(n_samples, np.int64)
        self.sampled_hard = np.zeros(n_samples, np.int64)
        self.used_hard = np.zeros(n_samples, np.int64)
        self.forgotten = np.zeros(n_samples, np.int64)
        self.learned = np.full(n_samples, np.nan)
        self.knows_learned = True
        self._was_right = np.zeros(n_samples, np.bool_)
        self._margins = np.zeros(n_samples)
        self._probs = np.zeros((n_samples, n_classes))
        self._queued: list[tuple[NDArray[np.int64], Tensor, Tensor, Tensor | None]] = []

    @property
    def aum(self) -> NDArray[np.float64]:
        """Return the area under the margin of each sample, (N,), in logits.

        It is the mean, over the times drawn, of the lowest logit of a present class less the highest of an absent one;
        lower = more suspect, NaN = never drawn.

        Source: Pleiss et al. 2020, equation 1; for several labels per sample, own.
        """
        return self._mean(self._margins)

    @property
    def probs(self) -> NDArray[np.float64]:
        """Return (N, C) mean probabilities over the times drawn; NaN = never drawn."""
        return self._mean(self._probs.T).T

    def observe(self, rows: NDArray[np.int64], logits: Tensor, targets: Tensor, used: Tensor | None = None) -> None:
        """Queue one mini-batch for `accumulate`, without waiting for a GPU.

        Args:
            rows: (B,) which samples; logits, targets: (B, C).
            used: (B,) bool, which of them were learned from; None = all.
        """
        self._queued.append((rows, logits.detach(), targets, used))

    def accumulate(self, objective: Objective, hard: bool, epoch: int) -> None:
        """Add the queued mini-batches to the sums, in the order in which they were drawn.

        Args:
            hard: whether they are of a hard stage.
            epoch: in which they were drawn, counted over the whole run from 1.
        """
        for rows, logits, targets, used in self._queued:
            self._add(rows, logits.double().cpu(), targets.cpu() > 0, objective, epoch)
            if hard:
                np.add.at(self.sampled_hard, rows, 1)
                np.add.at(self.used_hard, rows, 1 if used is None else used.cpu().numpy())
        self._queued.clear()

    def begin_hard_stage(self) -> None:
        """Reset the counts of the newest hard stage."""
        self.sampled_hard[:] = 0
        self.used_hard[:] = 0

    def frame(
        self, rows: NDArray[np.int64], sample_ids: NDArray[np.object_], targets: NDArray[np.float64]
    ) -> pd.DataFrame:
        """Return the dynamics of some samples as rows of the store's table `dynamics`.

        Args:
            rows: (R,) which samples.  sample_ids: (N,).  targets: (N, C) 0/1.
        Returns:
            sample_id, drawn, learned_epoch, forgotten, aum and prob_true (mean probability of the true class, of
            several the mean); NaN = not learned, never drawn, or without a class. No rows where `learned` is not known.
        """
        rows = rows if self.knows_learned else rows[:0]
        present = targets[rows] > 0
        counts = present.sum(axis=1)
        sums = np.where(present, self.probs[rows], 0.0).sum(axis=1)
        return pd.DataFrame(
            {
                "sample_id": sample_ids[rows],
                "drawn": self.sampled[rows],
                "learned_epoch": pd.array(self.learned[rows], dtype="Int64"),
                "forgotten": self.forgotten[rows],
                "aum": self.aum[rows],
                "prob_true": np.where(self.sampled[rows] > 0, sums, np.nan) / np.where(counts > 0, counts, np.nan),
            }
        )

    def tensors(self) -> dict[str, Tensor]:
        """Return copies of all sums, for a checkpoint."""
        return {name: torch.from_numpy(array.copy()) for name, array in self._arrays().items()}

    def restore(self, tensors: dict[str, Tensor]) -> None:
        """Restore sums that `tensors` returned; an empty dict changes nothing."""
        self._queued.clear()
        self.knows_learned = self.knows_learned and (not tensors or "learned" in tensors)
        for name, array in self._arrays().items():
            if name in tensors:
                array[...] = tensors[name].numpy()

    def _add(self, rows: NDArray[np.int64], logits: Tensor, present: Tensor, objective: Objective, epoch: int) -> None:
        lowest = logits.masked_fill(~present, torch.inf).amin(dim=1)
        highest = logits.masked_fill(present, -torch.inf).amax(dim=1)
        margin = torch.where(present.all(dim=1), lowest, lowest - highest).numpy()
        right = margin > 0 if objective.name == "softmax" else ((logits > 0) == present).all(dim=1).numpy()
        np.add.at(self.sampled, rows, 1)
        np.add.at(self._margins, rows, margin)
        np.add.at(self._probs, rows, objective.probs(logits).double().numpy())
        np.add.at(self.forgotten, rows, self._was_right[rows] & ~right)
        self._was_right[rows] = right  # of a sample drawn twice the later draw
        self.learned[rows[~right]] = np.nan
        now_right = rows[self._was_right[rows]]
        self.learned[now_right[np.isnan(self.learned[now_right])]] = epoch

    def _mean(self, sums: NDArray[np.float64]) -> NDArray[np.float64]:
        with np.errstate(invalid="ignore"):
            return np.asarray(sums / np.where(self.sampled > 0, self.sampled, np.nan))

    def _arrays(self) -> dict[str, NDArray[np.generic]]:
        learned = {"learned": self.learned} if self.knows_learned else {}
        return learned | {
            "served": self.sampled,
            "served_hard": self.sampled_hard,
            "used_hard": self.used_hard,
            "forgotten": self.forgotten,
            "was_right": self._was_right,
            "margins": self._margins,
            "probs": self._probs,
        }
