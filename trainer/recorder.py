"""Record a run and its stages in the store, and read them to resume or explain the run.

A stage's metrics, its predictions (one row per sample), mined samples and its own row are written in one transaction.
"""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa
import yaml
from numpy.typing import NDArray

import catalog
import store
from recipes import Recipe
from system.atomic_files import atomic_write
from trainer import forks
from trainer.checkpoints import Progress
from trainer.curriculum import StagePlan
from trainer.environment import environment
from trainer.errors import TrainerError
from trainer.labels import Truth
from trainer.loop import EpochResult
from trainer.mining.label_noise import Suspects
from trainer.mining.ledger import Closed, Round
from trainer.mining.miners import Mined
from trainer.mining.training_dynamics import Dynamics
from trainer.outcome import StageOutcome, macro_f1, metrics_of

if TYPE_CHECKING:
    from lightning_fabric import Fabric

Floats = NDArray[np.float64]


def register(
    run_id: str,
    recipe: Recipe,
    dataset: catalog.Dataset,
    truth: Truth,
    fabric: Fabric,
    no_maps: str | None = None,
    fork: store.Fork | None = None,
) -> None:
    """Record a run before it begins: its recipe as a file, its dataset and itself in the store.

    The recipe is stored in the run's folder and names the dataset's version, which a resumed run trains on.

    Args:
        no_maps: why the run makes no class activation maps; None = it makes them.
        fork: the stage of another run that this one starts from.
    """
    recipe = recipe.model_copy(update={"dataset": dataset.dataset_id})
    folder = store.runs_root() / run_id
    forked = None if fork is None or store.run(run_id) is not None else forks.columns(recipe, fork)
    with atomic_write(folder / "recipe.yaml") as temporary:
        temporary.write_text(yaml.safe_dump(recipe.model_dump(), sort_keys=False, allow_unicode=True), encoding="utf-8")
    d, r = dataset, recipe
    store.register_dataset(d.dataset_id, d.name, d.version, list(d.classes), d.content_hash, str(d.folder), d.samples)
    store.create_run(
        run_id, recipe_name=r.name, recipe=r.model_dump(), objective=r.objective, model=r.model,
        dataset_id=d.dataset_id, classes=list(truth.classes), seed=r.seed, control=r.control, rounds=r.rounds,
        device=str(fabric.device), environment=environment(fabric.device, fabric.world_size),
        no_maps=no_maps, fork=fork, forked_columns=forked,
    )  # fmt: skip


def recipe_of(run_id: str) -> Recipe:
    """Read the recipe that a run was started with.

    Raises:
        TrainerError: there is no such run.
    """
    row = store.run(run_id)
    path: Path = store.runs_root() / run_id / "recipe.yaml"
    if row is None or not path.is_file():
        raise TrainerError(f"There is no run '{run_id}' to go on with; see the names with: python -m jobs list.")
    return Recipe.load(path, {"dataset": row["dataset_id"]})


def cost_of(result: EpochResult) -> dict[str, Any]:
    """Return an epoch's training loss and cost, as columns of the store's `epochs`."""
    return {
        "train_loss": None if np.isnan(result.loss) else result.loss,  # NaN: no sample was learned from
        "share_used": result.share_used,
        "samples_seen": result.samples,
        "samples_used": result.samples_used,
        "images_per_s": result.images_per_s,
        "seconds": result.seconds,
    }


def stage_columns(progress: Progress, n_mined: int | None) -> dict[str, Any]:
    """Return a stage's cost, as columns of the store's `stages`; the stage ends now."""
    return {
        "inherited": False,
        "epochs": progress.epoch,
        "best_epoch": progress.best_epoch,
        "steps": progress.steps,
        "samples_seen": progress.samples,
        "samples_used": progress.samples_used,
        "cpu_seconds": progress.cpu_seconds,
        "seconds": progress.seconds,
        "images_per_s": progress.samples / max(progress.seconds, 1e-9),
        "n_mined": n_mined,
        "started_at": datetime.fromisoformat(progress.started_at).replace(tzinfo=None),
        "finished_at": store.utc_now(),
    }


def val_macro_f1_from_store(run_id: str, plan: StagePlan) -> float:
    """Return macro-F1 of the validation split of a recorded stage, in [0, 1]."""
    metrics = _of_stage(store.metrics([run_id]), plan)
    return macro_f1(metrics[metrics["split"] == "val"])


def _of_stage(frame: pd.DataFrame, plan: StagePlan) -> pd.DataFrame:
    return frame[(frame["round"] == plan.round) & (frame["stage"] == plan.stage)]


def record_stage(
    run_id: str,
    plan: StagePlan,
    outcome: StageOutcome,
    truth: Truth,
    objective: str,
    columns: dict[str, Any],
    *,
    mined: Mined | None,
    suspects: Suspects | None,
    closed: Closed | None,
    dynamics: Dynamics,
) -> None:
    """Write the whole stage in one transaction; a stage that is written again is replaced.

    Args:
        mined, suspects: samples that the next round works on, and those excluded from it; None if no round follows.
        closed: the round that ends with this stage; None if none does.
        dynamics: how the run has learned each sample so far.
    """
    metrics = pd.concat([metrics_of(outcome, truth, objective, split) for split in ("train", "val", "test")])
    if truth.base is not None:
        base_metrics = truth.base.metrics(outcome.probs, objective, truth.samples["split"].to_numpy(np.str_))
        metrics = pd.concat([metrics, base_metrics])
    learned = dynamics.frame(truth.rows("train"), truth.samples["sample_id"].to_numpy(object), truth.targets)
    _write(run_id, plan, outcome, truth, columns, metrics, learned, mined, suspects, closed)


def _write(
    run_id: str, plan: StagePlan, outcome: StageOutcome, truth: Truth, columns: dict[str, Any], metrics: pd.DataFrame,
    dynamics: pd.DataFrame | None, mined: Mined | None, suspects: Suspects | None, closed: Closed | None,
) -> None:  # fmt: skip
    thresholds = None if outcome.thresholds is None else [float(t) for t in outcome.thresholds]
    store.record_stage(
        run_id,
        plan.round,
        plan.stage,
        columns={**columns, "position": plan.position, "thresholds": thresholds},
        metrics=metrics,
        predictions=_predictions(outcome, truth),
        mined=None if mined is None else _mined(mined, truth),
        suspects=None if suspects is None else _suspects(suspects, truth),
        ledger=None if closed is None else _ledger(closed, truth),
        rounds=None if closed is None else _round(closed),
        dynamics=dynamics,
    )


def record_mined(
    run_id: str,
    plan: StagePlan,
    truth: Truth,
    columns: dict[str, Any],
    *,
    mined: Mined | None,
    suspects: Suspects | None,
    closed: Closed | None,
) -> None:
    """Write what was mined at the end of an inherited stage.

    Its metrics and predictions stay as they are.

    Args:
        columns, mined, suspects, closed: as for `record_stage`.
    """
    outcome, metrics = outcome_from_store(run_id, plan, truth), _of_stage(store.metrics([run_id]), plan)
    dynamics = store.dynamics(run_id, plan.round, plan.stage)
    known = None if dynamics.empty else dynamics
    _write(run_id, plan, outcome, truth, columns, metrics, known, mined, suspects, closed)


def mined_from_store(run_id: str, round_: int, truth: Truth) -> Mined:
    """Read the samples that were mined for a round."""
    frame = store.mined(run_id, round_).sort_values(["margin", "sample_id"])
    row_of = pd.Series(np.arange(len(truth.samples)), index=truth.samples["sample_id"].to_numpy())
    class_of = {name: i for i, name in enumerate(truth.classes)}
    mined = Mined(
        index=row_of[frame["sample_id"].to_numpy()].to_numpy(np.int64),
        true=frame["true_class"].map(class_of).to_numpy(np.int64),
        rival=frame["rival_class"].map(class_of).to_numpy(np.int64),
        margin=frame["margin"].to_numpy(np.float64),
        loss=frame["loss"].to_numpy(np.float64),
        reason=frame["reason"].to_numpy(np.str_),
    )
    order = np.lexsort((mined.index, mined.margin))
    return Mined(*(getattr(mined, name)[order] for name in ("index", "true", "rival", "margin", "loss", "reason")))


def has_mined(run_id: str, plan: StagePlan) -> bool:
    """Return whether a recorded stage mined for a next round, that is, did not end the rounds."""
    return bool(_of_stage(store.stages(run_id), plan)["n_mined"].notna().all())


def round_from_store(run_id: str, plan: StagePlan, truth: Truth) -> Round:
    """Read the round that a recorded stage mined for, as it is before it begins."""
    mined = mined_from_store(run_id, plan.round + 1, truth)
    suspects = store.suspects(run_id, plan.round + 1)
    row_of = pd.Series(np.arange(len(truth.samples)), index=truth.samples["sample_id"].to_numpy())
    excluded = row_of[suspects["sample_id"].to_numpy()].to_numpy(np.int64)
    correct = correct_from_store(run_id, plan, truth)
    return Round(mined, excluded, correct, val_macro_f1_from_store(run_id, plan))


def outcome_from_store(run_id: str, plan: StagePlan, truth: Truth) -> StageOutcome:
    """Read a recorded stage's predictions of every sample, in the manifest's order."""
    predictions = _recorded(run_id, plan, truth)
    row = _of_stage(store.stages(run_id), plan).iloc[0]
    return StageOutcome(
        probs=predictions.probs.astype(np.float64),
        losses=predictions.loss.astype(np.float64),
        thresholds=None if row["thresholds"] is None else np.array(row["thresholds"], np.float64),
        correct=predictions.correct,
    )


def correct_from_store(run_id: str, plan: StagePlan, truth: Truth) -> NDArray[np.bool_]:
    """Read whether a recorded stage predicted each sample correctly, (N,), in manifest order."""
    return _recorded(run_id, plan, truth).correct


def _recorded(run_id: str, plan: StagePlan, truth: Truth) -> store.Predictions:
    """Return the predictions of a recorded stage in the manifest's order.

    Raises:
        KeyError: some sample has no prediction.
    """
    predictions = store.read_predictions(run_id, round=plan.round, stage=plan.stage)
    ids = predictions.context.samples["sample_id"].take(predictions.sample_index)
    rows = pd.Index(ids).get_indexer(pd.Index(truth.samples["sample_id"]))
    if (rows < 0).any():
        raise KeyError(f"{run_id}, round {plan.round}, {plan.stage}: {(rows < 0).sum()} samples have no prediction")
    return predictions.select(rows)


def _predictions(outcome: StageOutcome, truth: Truth) -> pa.Table:
    n_classes = len(truth.classes)

    def lists(values: Floats) -> pa.Array:
        return pa.FixedSizeListArray.from_arrays(pa.array(values.astype(np.float32).ravel()), n_classes).cast(
            pa.list_(pa.float32())
        )

    return pa.table(
        {
            "sample_id": pa.array(truth.samples["sample_id"].to_numpy(object), pa.string()),
            "split": pa.array(truth.samples["split"].to_numpy(object), pa.string()),
            "targets": lists(truth.targets),
            "probs": lists(outcome.probs),
            "loss": pa.array(outcome.losses.astype(np.float32)),
            "correct": pa.array(outcome.correct),
        }
    )


def _mined(mined: Mined, truth: Truth) -> pd.DataFrame:
    names = np.array(truth.classes, object)
    return pd.DataFrame(
        {
            "sample_id": truth.samples["sample_id"].to_numpy(object)[mined.index],
            "true_class": names[mined.true],
            "rival_class": names[mined.rival],
            "margin": mined.margin,
            "loss": mined.loss,
            "reason": mined.reason.astype(object),
        }
    )


def _suspects(suspects: Suspects, truth: Truth) -> pd.DataFrame:
    names = np.array(truth.classes, object)
    return pd.DataFrame(
        {
            "sample_id": truth.samples["sample_id"].to_numpy(object)[suspects.index],
            "given_class": names[suspects.given],
            "suggested_class": names[suspects.suggested],
            "aum": suspects.aum,
            "self_confidence": suspects.self_confidence,
        }
    )


def _ledger(closed: Closed, truth: Truth) -> pd.DataFrame:
    frame = _mined(closed.mined, truth).rename(columns={"margin": "margin_before"})
    return frame.assign(
        served=closed.sampled, used=closed.used, margin_after=closed.margin_after,
        outcome_hard=closed.outcome_hard, outcome=closed.outcome,
    )  # fmt: skip


def _round(closed: Closed) -> pd.DataFrame:
    frame = pd.DataFrame([asdict(closed.advice)]).rename(columns={"sentence": "advice"})
    return frame.astype({"n_next": "Int64"})
