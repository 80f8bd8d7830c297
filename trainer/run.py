"""One run: a recipe followed on one dataset with one seed, from the first check to the last row."""

from __future__ import annotations

import json
import math
import os
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import torch
import yaml
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LambdaLR

import catalog
import store
from analysis.metrics import decide, stage_metrics
from catalog.locks import seize_folder
from catalog.schemes import Scheme
from trainer import checkpoints, curriculum, explain, mining, models, optim, recorder
from trainer.batches import Batches, Focused, Plain, steps_per_epoch
from trainer.checkpoints import Checkpoint, Progress
from trainer.common_ground import common_ground
from trainer.curriculum import StagePlan
from trainer.errors import TrainerError
from trainer.images import Augment, Images
from trainer.loop import EpochResult, evaluate, train_one_epoch
from trainer.mining import Mined
from trainer.objectives import Objective
from trainer.pulse import Pulse
from trainer.recipe import Recipe


class Run:
    """A run that is ready to train; making one refuses whatever cannot work, before any work starts.

    Raises:
        TrainerError, catalog.CatalogError: one sentence naming what is wrong and the remedy.
    """

    def __init__(self, recipe: Recipe, run_id: str, device: str | None = None) -> None:
        self.recipe, self.run_id = recipe, run_id
        self.folder = store.runs_root() / run_id
        self.device = choose_device(device)
        self.dataset = catalog.open_dataset(recipe.dataset)
        self.truth = truth_of(self.dataset, recipe.objective, recipe.label_scheme)
        refuse_untrainable(self.truth, self.dataset.dataset_id)
        self.train_rows = self.truth.rows("train")
        self.steps = steps_per_epoch(len(self.train_rows), recipe.batch_size)
        self.objective = Objective(recipe.objective, recipe.label_smoothing, recipe.confidence_filter)
        self.miner = mining.build(recipe.miner)

        be_deterministic()
        torch.manual_seed(recipe.seed)
        self.model = models.build(
            recipe.model,
            len(self.truth.classes),
            weights=recipe.weights,
            image_size=recipe.image_size,
            steps=self.steps * recipe.full.epochs,
        ).to(self.device)
        self.at = checkpoints.load_last(self.folder / "checkpoints")
        self.right = np.zeros(len(self.truth.samples), np.bool_)
        self.watched: list[str] = []

    @property
    def total_steps(self) -> int:
        return sum(stage.settings.epochs for stage in curriculum.plan(self.recipe)) * self.steps

    def claim(self) -> None:
        """Keep every other process from training this run, until this one ends, however it ends.

        Raises:
            TrainerError: another process trains it.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        self._claim = seize_folder(self.folder)
        if self._claim is None:
            raise TrainerError(
                f"Run {self.run_id} is being trained by another process; wait for its end, or stop it with: "
                f"python -m jobs stop {self.run_id}."
            )

    def train(self, job_id: str, bar: bool = True) -> None:
        """Follow the curriculum to its end, from wherever the last checkpoint stands."""
        with Pulse(job_id, self.total_steps, self._steps_done(), bar) as self.pulse:
            self._register()
            self.images = Images(
                self.dataset.images(self.recipe.image_size),
                torch.from_numpy(self.truth.targets.astype(np.float32)),
                self.device,
            )
            self.pulse.heed()
            curriculum.follow(self.recipe, self.train_stage)

    def train_stage(self, plan: StagePlan, mined: Mined | None) -> Mined | None:
        """Train, judge and record one stage; give back what was mined at its end."""
        if self._is_recorded(plan):
            return self._recall(plan)
        trained = self._train_epochs(plan, self._batches(plan, mined))
        self.pulse.at(message="Judging every sample")
        outcome = self._judge()
        hard = self.miner.mine(outcome.training(self.truth)) if plan.then_mine else None
        self._keep_weights(plan, outcome)
        recorder.record_stage(
            self.run_id, plan, outcome, self.truth, self.recipe.objective, hard, self._columns(trained, hard)
        )
        self.right = outcome.correct
        self._explain(plan, outcome, hard)
        return hard

    def _train_epochs(self, plan: StagePlan, batches: Batches) -> Progress:
        optimizer, schedule = optim.build(
            self.model,
            lr=plan.settings.lr * models.lr_scale(self.recipe.model),
            weight_decay=self.recipe.weight_decay,
            steps=plan.settings.epochs * self.steps,
        )
        at = self._begin(plan, optimizer, schedule)
        best = at.best
        progress = at.progress
        augment = Augment() if self.recipe.augment else None
        for epoch in range(progress.epoch + 1, plan.settings.epochs + 1):
            self.pulse.at(
                training=True, round=plan.round, stage=plan.stage, epoch=epoch, epochs=plan.settings.epochs,
                message="Training",
            )  # fmt: skip
            seed = self._seed(plan.position, epoch)
            torch.manual_seed(seed)
            result = train_one_epoch(
                self.model, batches.epoch(np.random.default_rng(seed)), self.images,
                training_objective(self.objective, plan, epoch), optimizer, schedule, augment, self.pulse.step,
            )  # fmt: skip
            score = self._record_epoch(plan, epoch, result, float(schedule.get_last_lr()[0]))
            if score > progress.best_score:
                best = checkpoints.weights_of(self.model)
            progress = _advance(progress, epoch, score, result)
            self.at = Checkpoint(
                progress,
                checkpoints.weights_of(self.model),
                best,
                checkpoints.optimizer_tensors(optimizer),
                {"last_epoch": schedule.last_epoch},
            )
            checkpoints.save_last(self.folder / "checkpoints", self.at)
        checkpoints.load_into(self.model, best)
        return progress

    def _begin(self, plan: StagePlan, optimizer: Optimizer, schedule: LambdaLR) -> Checkpoint:
        """Where this stage goes on: in its midst after a resume, else at its start."""
        if self.at is not None and self.at.progress.position == plan.position:
            checkpoints.load_into(self.model, self.at.weights)
            checkpoints.restore_optimizer(optimizer, self.at.optimizer)
            schedule.last_epoch = self.at.schedule["last_epoch"]
            for group, base, factor in zip(optimizer.param_groups, schedule.base_lrs, schedule.lr_lambdas, strict=True):
                group["lr"] = base * factor(schedule.last_epoch)
            return self.at
        start = Progress(plan.position, 0, 0, (-math.inf, -math.inf), 0, 0, 0.0, datetime.now(UTC).isoformat())
        weights = checkpoints.weights_of(self.model)
        return Checkpoint(start, weights, weights, {}, {"last_epoch": 0})

    def _batches(self, plan: StagePlan, mined: Mined | None) -> Batches:
        if plan.stage != "hard_negative" or mined is None:
            return Plain(self.train_rows, self.recipe.batch_size)
        return Focused(self.train_rows, self.truth.label, self.right, mined, self.recipe.focus, self.recipe.batch_size)

    def _record_epoch(self, plan: StagePlan, epoch: int, result: EpochResult, lr: float) -> tuple[float, float]:
        """Judge the validation split and write the learning curve; give back the score that chooses checkpoints."""
        rows = self.truth.rows("val")
        logits = evaluate(self.model, rows, self.images)
        targets = self.images.targets[torch.from_numpy(rows)]
        probs = self.objective.probs(logits).double().numpy()
        loss = float(self.objective.losses(logits, targets).double().mean())
        decided = decide(probs, self.recipe.objective)
        scores = stage_metrics(
            self.truth.targets[rows],
            probs,
            decided,
            self.truth.classes,
            self.truth.label[rows],
            np.full(len(rows), loss),
        )
        overall = scores[scores["class_name"].isna()].set_index("metric")["value"]
        before = sum(s.settings.epochs for s in curriculum.plan(self.recipe) if s.position < plan.position)
        store.record_epoch(
            self.run_id, plan.round, plan.stage,
            position=plan.position, epoch=epoch, global_epoch=before + epoch, lr=lr,
            train_loss=result.loss, val_loss=loss, val_accuracy=float(overall["accuracy"]),
            val_macro_f1=float(overall["macro_f1"]), share_used=result.share_used,
            images_per_s=result.images_per_s, seconds=result.seconds,
        )  # fmt: skip
        return float(np.nan_to_num(overall["macro_f1"])), -loss

    def _judge(self) -> recorder.StageOutcome:
        logits = evaluate(self.model, np.arange(len(self.truth.samples)), self.images)
        probs = self.objective.probs(logits).double().numpy()
        losses = self.objective.losses(logits, self.images.targets).double().numpy()
        return recorder.judge(probs, losses, self.truth, self.recipe.objective)

    def _keep_weights(self, plan: StagePlan, outcome: recorder.StageOutcome) -> None:
        metadata = {
            "model": self.recipe.model,
            "objective": self.recipe.objective,
            "classes": json.dumps(self.truth.classes),
            "image_size": str(self.recipe.image_size),
            "thresholds": json.dumps(None if outcome.thresholds is None else outcome.thresholds.tolist()),
        }
        weights = checkpoints.weights_of(self.model)
        checkpoints.save_stage(self.folder / "checkpoints", plan.position, plan.stage, weights, metadata)

    def _columns(self, progress: Progress, hard: Mined | None) -> dict[str, Any]:
        return {
            "epochs": progress.epoch,
            "best_epoch": progress.best_epoch,
            "steps": progress.steps,
            "samples_seen": progress.samples,
            "seconds": progress.seconds,
            "images_per_s": progress.samples / max(progress.seconds, 1e-9),
            "n_mined": None if hard is None else len(hard),
            "started_at": datetime.fromisoformat(progress.started_at).replace(tzinfo=None),
            "finished_at": datetime.now(UTC).replace(tzinfo=None),
        }

    def _explain(self, plan: StagePlan, outcome: recorder.StageOutcome, hard: Mined | None) -> None:
        """Maps of the samples worth watching; chosen at the first stage, so that every stage shows the same ones."""
        self.pulse.at(message="Mapping what the model looks at")
        self.watched = self.watched or explain.watched(self.run_id) or explain.worth_watching(outcome, hard, self.truth)
        explain.record(self.run_id, self.recipe.model, self.model, plan, outcome, self.truth, self.images, self.watched)

    def _register(self) -> None:
        d, r = self.dataset, self.recipe
        aside = self.folder / "recipe.yaml.tmp"
        aside.write_text(yaml.safe_dump(r.model_dump(), sort_keys=False, allow_unicode=True), encoding="utf-8")
        aside.replace(self.folder / "recipe.yaml")  # a kill leaves the old one or the new one, never half of it
        store.register_dataset(
            d.dataset_id, d.name, d.version, list(d.classes), d.content_hash, str(d.folder), d.samples
        )
        store.create_run(
            self.run_id, recipe_name=r.name, recipe=r.model_dump(), objective=r.objective, model=r.model,
            dataset_id=d.dataset_id, classes=list(self.truth.classes), seed=r.seed, control=r.control,
            rounds=r.rounds, device=str(self.device),
        )  # fmt: skip

    def _is_recorded(self, plan: StagePlan) -> bool:
        if self.at is None or self.at.progress.position < plan.position:
            return False
        stages = store.stages(self.run_id)
        return bool(((stages["round"] == plan.round) & (stages["stage"] == plan.stage)).any())

    def _recall(self, plan: StagePlan) -> Mined | None:
        weights = checkpoints.load_stage(self.folder / "checkpoints", plan.position, plan.stage)
        checkpoints.load_into(self.model, weights)
        self.right = recorder.correct_from_store(self.run_id, plan, self.truth)
        return recorder.mined_from_store(self.run_id, plan.round + 1, self.truth) if plan.then_mine else None

    def _steps_done(self) -> int:
        if self.at is None:
            return 0
        stages = [s for s in curriculum.plan(self.recipe) if s.position < self.at.progress.position]
        return sum(s.settings.epochs for s in stages) * self.steps + self.at.progress.steps

    def _seed(self, position: int, epoch: int) -> int:
        sequence = np.random.SeedSequence([self.recipe.seed, position, epoch])
        return int(sequence.generate_state(1)[0])


def training_objective(objective: Objective, plan: StagePlan, epoch: int) -> Objective:
    """The run's objective; without its confidence filter in the first half of the full stage.

    A fresh network is sure of nothing: the filter would leave every sample out, and it would never learn.
    """
    if plan.stage == "full" and epoch <= math.ceil(plan.settings.epochs / 2):
        return replace(objective, confidence_filter=None)
    return objective


def truth_of(dataset: catalog.Dataset, objective: str, label_scheme: str = "base") -> recorder.Truth:
    """Targets of every sample under a label scheme: the one label for softmax, all labels for sigmoid.

    Raises:
        TrainerError: the scheme leaves samples out; every sample is judged at every stage, so each needs a class.
        catalog.CatalogError: there is no such scheme, or it is not for this dataset.
    """
    scheme = Scheme.load(label_scheme)
    labelled = scheme.apply(dataset.samples, dataset.classes)
    if labelled.n_left_out:
        raise TrainerError(
            f"Label scheme {label_scheme} has no class for {labelled.n_left_out:,} samples of {dataset.dataset_id}; "
            "add a rule for them, or import the dataset without them."
        )
    samples, classes = labelled.samples, labelled.classes
    number = {name: i for i, name in enumerate(classes)}
    label = samples["label"].map(number).to_numpy(np.int64)
    targets = np.zeros((len(samples), len(classes)))
    if objective == "softmax":
        targets[np.arange(len(samples)), label] = 1
    else:
        for row, labels in enumerate(samples["labels"]):
            targets[row, [number[name] for name in labels]] = 1
    return recorder.Truth(samples, classes, targets, label, common_ground(dataset, objective, scheme))


def refuse_untrainable(truth: recorder.Truth, dataset_id: str) -> None:
    """Raise TrainerError for an empty split or a class without a training sample."""
    for split in ("train", "val", "test"):
        if not len(truth.rows(split)):
            raise TrainerError(f"Dataset {dataset_id} has no {split} samples; import it again with other split sizes.")
    counts = truth.targets[truth.rows("train")].sum(axis=0)
    if (counts == 0).any():
        missing = ", ".join(np.array(truth.classes)[counts == 0])
        raise TrainerError(
            f"Dataset {dataset_id} has no training sample of {missing}; add some or leave the class out."
        )


def choose_device(device: str | None = None) -> torch.device:
    """The named device, else CUDA, else Apple's GPU, else the CPU."""
    if device is None:
        device = "cuda" if torch.cuda.is_available() else "mps" if torch.backends.mps.is_available() else "cpu"
    try:
        torch.empty(1, device=device)
    except (RuntimeError, AssertionError):
        raise TrainerError(f"There is no device '{device}' here; leave --device out to have one chosen.") from None
    return torch.device(device)


def be_deterministic() -> None:
    """Same seed, same result: no autotuned kernels, deterministic ones where they exist."""
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    torch.backends.cudnn.benchmark = False
    torch.use_deterministic_algorithms(True, warn_only=True)


def recipe_of(run_id: str) -> Recipe:
    """The recipe that a run was started with; raises TrainerError when there is no such run."""
    row = store.run(run_id)
    path: Path = store.runs_root() / run_id / "recipe.yaml"
    if row is None or not path.is_file():
        raise TrainerError(f"There is no run '{run_id}' to go on with; see the names with: python -m jobs list.")
    return Recipe.load(path, {"dataset": row["dataset_id"]})


def _advance(progress: Progress, epoch: int, score: tuple[float, float], result: EpochResult) -> Progress:
    better = score > progress.best_score
    return Progress(
        position=progress.position,
        epoch=epoch,
        best_epoch=epoch if better else progress.best_epoch,
        best_score=score if better else progress.best_score,
        steps=progress.steps + result.steps,
        samples=progress.samples + result.samples,
        seconds=progress.seconds + result.seconds,
        started_at=progress.started_at,
    )
