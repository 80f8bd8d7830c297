"""Run a recipe on one dataset with one seed, from the first check to the last row."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LambdaLR
from torch.optim.swa_utils import AveragedModel

import catalog
import store
from recipes import Recipe
from system.atomic_files import remove_leftovers
from system.file_locks import try_hold_folder
from trainer import checkpoints, curriculum, forks, linear_probe, recorder, resume, stages
from trainer.batches import Batches, steps_per_epoch
from trainer.checkpoints import Checkpoint, Progress, StageEnd, StageFacts, Weights
from trainer.curriculum import StagePlan
from trainer.embeddings import EmbeddingCollector, collect_embeddings
from trainer.errors import TrainerError
from trainer.explain.stage_maps import Watch
from trainer.images import Augment, Images
from trainer.labels import Truth, refuse_changed, refuse_untrainable, shared_patients_warning, truth_of
from trainer.loop import EpochResult, Memory, evaluate, train_one_epoch
from trainer.mining import hard_negatives as hard_samples
from trainer.mining.hard_negatives import HardNegatives
from trainer.mining.ledger import Round
from trainer.mining.miners import Mined
from trainer.mining.training_dynamics import Dynamics
from trainer.mixing import Mixup, Observer
from trainer.network import devices, models, optimization
from trainer.network.finetuning import Freezer
from trainer.network.mirror import Mirrored
from trainer.network.objectives import Objective
from trainer.out_of_fold import OutOfFoldPredictions, predict_out_of_fold, refuse_few_patients, refuse_small_folds
from trainer.outcome import StageOutcome, judge, val_scores
from trainer.progress import FollowerProgress, ProgressReporter

if TYPE_CHECKING:
    from lightning_fabric import Fabric


class Run:
    """A run that is ready to train; impossible settings are refused before any work starts.

    Raises:
        TrainerError, catalog.CatalogError: one sentence naming what is wrong and the remedy.
    """

    # What the run is
    recipe: Recipe
    run_id: str
    folder: Path  # the run's own, below ODAP_RUNS
    fork: store.Fork | None  # the stage of another run that it starts from
    forked: StagePlan | None  # that stage in its own plan: it and all before it are inherited
    dataset: catalog.Dataset
    truth: Truth
    train_rows: NDArray[np.int64]  # (n_train,) rows of the manifest
    steps_per_epoch: int

    # What trains
    fabric: Fabric
    first: bool  # whether this is the process that writes: the only one, or the first of several
    model: nn.Module
    freezer: Freezer  # of the layers that do not learn
    forward: nn.Module  # the model as called in training: wrapped for several processes, compiled
    objective: Objective
    memory: Memory
    initial_weights: Weights  # those that each hard stage begins with if the recipe restarts; else empty

    # What accompanies the training; all but `watch` are made by `claim` and `train`
    watch: Watch
    lock: int | None  # handle of the locked folder; None where another process holds it
    progress: ProgressReporter | FollowerProgress
    images: Images

    # The state of the training
    checkpoint: Checkpoint | None  # after the last finished epoch; None before the first
    dynamics: Dynamics
    round: Round | None  # the round of hard negatives under way
    embeddings: EmbeddingCollector  # of the stage that was judged last

    def __init__(self, recipe: Recipe, run_id: str, device: str | None = None, fork: store.Fork | None = None) -> None:
        self.recipe = recipe
        self.fabric = devices.open_fabric(device, recipe.precision)
        self.first = self.fabric.is_global_zero
        self.run_id = self.fabric.broadcast(run_id)
        self.folder = store.runs_root() / self.run_id
        self.dataset = catalog.open_dataset(recipe.dataset)
        self.truth = truth_of(self.dataset, recipe.objective, recipe.label_scheme)
        refuse_untrainable(self.truth, self.dataset.dataset_id)
        self.fork = fork or forks.of_run(self.run_id)
        self.forked = forks.plan_of(recipe, self.fork)
        if fork is not None:
            forks.refuse(recipe, fork, self.truth, self.dataset.channels)
        self.train_rows = self.truth.rows("train")
        self.steps_per_epoch = steps_per_epoch(len(self.train_rows), recipe.batch_size)
        refuse_changed(self.dataset)
        devices.refuse_small_batches(self.fabric, len(self.train_rows) // self.steps_per_epoch)
        refuse_few_patients(recipe, self.truth)
        mining = [self._seed(plan.position, 0) for plan in curriculum.plan(recipe) if plan.then_mine]
        refuse_small_folds(recipe, self.truth, mining, self.fabric.world_size)
        if recipe.compile:
            devices.refuse_no_compiler(self.fabric)
        self.objective = Objective.of(recipe, self.truth.targets[self.train_rows])

        devices.set_determinism(recipe.deterministic)
        torch.manual_seed(recipe.seed)
        self.model = models.build(
            recipe.model,
            len(self.truth.classes),
            weights=recipe.weights,
            image_size=recipe.image_size,
            steps=self.steps_per_epoch * recipe.full.epochs,
        )
        self.freezer = Freezer(self.model, recipe.tuning)
        self.forward = devices.prepare(self.fabric, self.model, recipe.compile)
        self.memory = Memory(self._say, alone=self.fabric.world_size == 1)
        self.checkpoint = checkpoints.load_last(self.folder / "checkpoints")
        self.dynamics = Dynamics(len(self.truth.samples), len(self.truth.classes))
        if self.checkpoint is not None:
            checkpoints.refuse_other_model(self.model, self.checkpoint.weights)
            self.dynamics.restore(self.checkpoint.dynamics)
        self.initial_weights = checkpoints.weights_of(self.model) if recipe.restart else {}
        self.round = None
        self.watch = Watch(recipe, self.model)

    @property
    def total_steps(self) -> int:
        """Count the optimizer steps of the whole run, without those of inherited stages."""
        return sum(self._steps_of(stage) for stage in curriculum.plan(self.recipe))

    def _steps_of(self, plan: StagePlan) -> int:
        """Count the optimizer steps of a stage and of the quick models that mine at its end."""
        return curriculum.own_epochs(self.recipe, plan, self.forked) * self.steps_per_epoch

    def claim(self) -> None:
        """Lock the run's folder until this process ends; raises TrainerError if another holds it."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self.lock = try_hold_folder(self.folder)
        if self.lock is None:
            raise TrainerError(
                f"Run {self.run_id} is being trained by another process; wait for its end, or stop it with: "
                f"python -m jobs stop {self.run_id}."
            )

    def train(self, job_id: str | None, bar: bool = True) -> None:
        """Follow the curriculum to its end, from the last checkpoint on.

        job_id: None in all processes but the first.
        """
        with self._open_progress(job_id, bar) as self.progress:
            if self.first:
                for folder in (self.folder, self.folder / "checkpoints"):
                    remove_leftovers(folder)
                recorder.register(
                    self.run_id, self.recipe, self.dataset, self.truth, self.fabric, self.watch.why_none, self.fork
                )
            with self.fabric.rank_zero_first():
                pixels = self.dataset.images(self.recipe.image_size)
            self.images = Images(pixels, torch.from_numpy(self.truth.targets.astype(np.float32)), self.fabric, "auto")
            self.progress.raise_if_stopped()
            if self.first:
                warning = shared_patients_warning(self.truth, self.dataset.dataset_id)
                if warning is not None:
                    self._say(warning)
                self.watch.begin(self.run_id, self._say)
            curriculum.follow(self.recipe, self.train_stage)

    def train_stage(self, plan: StagePlan, mined: Mined | None) -> Mined | None:
        """Train, judge and record one stage; return the samples mined at its end."""
        if plan == self.forked or forks.is_behind(self.forked, plan):
            return self._inherit(plan)
        if resume.is_recorded(self.run_id, plan, self.checkpoint):
            return self._recall(plan)
        with self.fabric.rank_zero_first():  # which has written the embeddings that batches may need
            batches = stages.batches_of(plan, self.recipe, self.truth, self.round, self.run_id)
        return self._end(plan, self._train_epochs(plan, batches))

    def _inherit(self, plan: StagePlan) -> Mined | None:
        """Take over a stage that another run has trained; at the last of them, mine."""
        if plan == self.forked and self.checkpoint is None:
            end = checkpoints.load_stage_end(self.folder / "checkpoints", plan.position, plan.stage)
            resume.restore_stage_end(end, self.dynamics, self.fabric)
        if plan != self.forked or not plan.then_mine or recorder.has_mined(self.run_id, plan):
            return self._recall(plan)
        self._load(plan)
        return self._end(plan, forks.stage_progress(self.run_id, plan), inherited=True)

    def _end(self, plan: StagePlan, trained: Progress, inherited: bool = False) -> Mined | None:
        """Judge a trained stage, mine at its end, and record it."""
        self.progress.update(message="Judging every sample")
        outcome = self._judge()
        out_of_fold = self._predict_out_of_fold(plan) if plan.then_mine else None
        cost = trained if out_of_fold is None else out_of_fold.add_cost_to(trained)
        hard = self._mine(plan, outcome, out_of_fold) if plan.then_mine else None
        closed = stages.close_round(plan, self.recipe, self.truth, self.round, outcome, hard, self.dynamics)
        if closed is not None and self.recipe.stop_early and not closed.advice.go_on:
            hard = None
        mined, suspects = (None, None) if hard is None else (hard.mined, hard.suspects)
        columns = recorder.stage_columns(cost, None if mined is None else len(mined))
        found: dict[str, Any] = {"mined": mined, "suspects": suspects, "closed": closed}
        if self.first and inherited:
            self.embeddings.save(self.run_id, plan, self.truth.samples["sample_id"].to_numpy(object))
            recorder.record_mined(self.run_id, plan, self.truth, columns | forks.inherited_columns(trained), **found)
        elif self.first:
            self._keep_weights(plan, outcome, trained)
            found |= {"dynamics": self.dynamics}
            recorder.record_stage(self.run_id, plan, outcome, self.truth, self.recipe.objective, columns, **found)
        self.round = stages.next_round(plan, self.recipe, self.truth, self.round, outcome, hard)
        self._explain(plan, outcome, mined)
        return mined

    def _predict_out_of_fold(self, plan: StagePlan) -> OutOfFoldPredictions | None:
        """Predict training samples out of fold, if the recipe mines by such predictions."""
        if self.recipe.miner.predictions != "out_of_fold":
            return None
        self.progress.update(training=True, message="Training quick models to mine by")
        plain = replace(self.objective, confidence_filter=None)
        seed = self._seed(plan.position, 0)
        return predict_out_of_fold(self.recipe, self.truth, self.images, plain, seed, self.progress.step, self.memory)

    def _mine(self, plan: StagePlan, outcome: StageOutcome, out_of_fold: OutOfFoldPredictions | None) -> HardNegatives:
        logits = None if out_of_fold is None else out_of_fold.logits
        seed = self._seed(plan.position, 0)
        return hard_samples.find(self.recipe, self.truth, outcome, self.dynamics, self.objective, logits, seed)

    def _train_epochs(self, plan: StagePlan, batches: Batches) -> Progress:
        optimizer, schedule = optimization.build(
            self.model,
            lr=plan.settings.lr * models.lr_scale(self.recipe.model),
            weight_decay=self.recipe.weight_decay,
            steps=plan.settings.epochs * self.steps_per_epoch,
            tuning=self.recipe.tuning,
            head_steps=stages.head_epochs(plan, self.recipe) * self.steps_per_epoch,
            fused=devices.allows_fused(self.fabric),
        )
        average = None if self.recipe.ema is None else optimization.averaged(self.model, self.recipe.ema)
        stepping_optimizer = devices.stepping(self.fabric, optimizer)
        start = self._begin(plan, optimizer, schedule, average)
        judged: nn.Module = self.model if average is None else average.module
        after_step = optimization.follow(average, self.model, self.progress.step)
        several = self.fabric.world_size > 1
        best = start.best
        progress = start.progress
        objective = stages.weighted(self.objective, plan, self.recipe, self.truth, self.round)
        for epoch in range(progress.epoch + 1, plan.settings.epochs + 1):
            if self.recipe.patience is not None and progress.epoch - progress.best_epoch >= self.recipe.patience:
                break
            self.progress.update(
                training=True, round=plan.round, stage=plan.stage, epoch=epoch, epochs=plan.settings.epochs,
                message="Training",
            )  # fmt: skip
            seed = self._seed(plan.position, epoch)
            observer = Observer(self.dynamics.observe, mixes=self.recipe.mixup is not None)
            torch.manual_seed(seed + self.fabric.global_rank)  # each process draws its own dropout masks
            # Several processes agreed on the weights that have gradients: there the body's rate is 0, and no more.
            self.freezer.train_body(epoch > stages.head_epochs(plan, self.recipe), keep_gradients=several)
            result = linear_probe.fit(
                self.model, self.images, self.truth, self.dataset, self.recipe
            ) if self.recipe.probe else train_one_epoch(
                self.forward, batches.epoch(np.random.default_rng(seed)), self.images,
                stages.training_objective(objective, plan, epoch, self.recipe), stepping_optimizer, schedule,
                Augment.of(self.recipe.augment, seed), after_step, observer, self.memory, self.recipe.clip_norm,
                Mixup.of(self.recipe, seed), self.freezer,
            )  # fmt: skip
            observer.end(partial(evaluate, self.model, images=self.images), self.images.targets)
            so_far = curriculum.epochs_before(self.recipe, plan) + epoch
            self.dynamics.accumulate(self.objective, plan.stage == "hard_negative", so_far)
            score = self._record_epoch(judged, plan, epoch, result, float(schedule.get_last_lr()[0]))
            if self.recipe.keep == "last":
                score = float(epoch), score[1]  # every epoch is better than the one before
            if score > progress.best_score:
                best = checkpoints.weights_of(judged)
            progress = progress.after(
                epoch, score, steps=result.steps, samples=result.samples, samples_used=result.samples_used,
                seconds=result.seconds, cpu_seconds=result.cpu_seconds,
            )  # fmt: skip
            self.checkpoint = Checkpoint(
                progress,
                checkpoints.weights_of(self.model),
                best,
                checkpoints.optimizer_tensors(optimizer),
                {"last_epoch": schedule.last_epoch, "scaler": self.fabric.strategy.precision.state_dict()},
                self.dynamics.tensors(),
                {} if average is None else checkpoints.weights_of(average),
            )
            if self.first:
                store.confirm()
                checkpoints.save_last(self.folder / "checkpoints", self.checkpoint)
        checkpoints.load_into(self.model, best)
        return progress

    def _open_progress(self, job_id: str | None, bar: bool) -> ProgressReporter | FollowerProgress:
        def agree(stop: bool) -> bool:
            return bool(devices.total(self.fabric, torch.tensor(float(stop), device=self.fabric.device)))

        several = self.fabric.world_size > 1
        if job_id is None:
            return FollowerProgress(agree)
        done = resume.steps_done(self.run_id, self.recipe, self.checkpoint, self._steps_of)
        return ProgressReporter(job_id, self.total_steps, done, bar, agree if several else bool)

    def _say(self, sentence: str) -> None:
        """Print a notice to the log, and show it with the live progress."""
        print(sentence, flush=True)
        self.progress.update(message=sentence)

    def _begin(
        self, plan: StagePlan, optimizer: Optimizer, schedule: LambdaLR, average: AveragedModel | None
    ) -> Checkpoint:
        """Restore an interrupted stage, or prepare the start of one; return its checkpoint."""
        if self.checkpoint is not None and self.checkpoint.progress.position == plan.position:
            resume.restore_training(self.checkpoint, self.model, optimizer, schedule, average, self.fabric)
            return self.checkpoint
        if plan.stage in ("hard_negative", "control"):
            self.dynamics.begin_hard_stage()
            if self.recipe.restart:
                checkpoints.load_into(self.model, self.initial_weights)
        start = Progress(plan.position, 0, 0, (-math.inf, -math.inf), 0, 0, 0.0, datetime.now(UTC).isoformat())
        weights = checkpoints.weights_of(self.model)
        return Checkpoint(start, weights, weights, {}, {"last_epoch": 0})

    def _record_epoch(
        self, judged: nn.Module, plan: StagePlan, epoch: int, result: EpochResult, lr: float
    ) -> tuple[float, float]:
        """Judge the validation split, record the epoch, return the score that selects checkpoints."""
        probs, losses = self._predict(judged, self.truth.rows("val"))
        loss = float(losses.mean())
        overall = val_scores(probs, losses, self.truth, self.recipe.objective)
        warning = stages.starved_warning(result, plan, epoch, self.recipe)
        if self.first:
            if warning is not None:
                self._say(warning)
            store.record_epoch(
                self.run_id, plan.round, plan.stage,
                position=plan.position, epoch=epoch, lr=lr,
                global_epoch=curriculum.epochs_before(self.recipe, plan) + epoch, val_loss=loss,
                val_accuracy=float(overall["accuracy"]), val_macro_f1=float(overall["macro_f1"]), warning=warning,
                **recorder.cost_of(result),
            )  # fmt: skip
        return float(np.nan_to_num(overall["macro_f1"])), -loss

    def _predict(self, model: nn.Module, rows: NDArray[np.int64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return a network's probabilities (len(rows), C) and losses (len(rows),) on some rows."""
        logits = evaluate(Mirrored.of(self.recipe, model), rows, self.images)
        losses = self.objective.losses(logits, self.images.targets[torch.from_numpy(rows)])
        return self.objective.probs(logits).double().numpy(), losses.double().numpy()

    def _judge(self) -> StageOutcome:
        with collect_embeddings(self.model, every=1 + self.recipe.mirror) as self.embeddings:
            probs, losses = self._predict(self.model, np.arange(len(self.truth.samples)))
        self.embeddings.share(self.fabric, len(probs))
        return judge(probs, losses, self.truth, self.recipe.objective)

    def _keep_weights(self, plan: StagePlan, outcome: StageOutcome, trained: Progress) -> None:
        facts = StageFacts.of(self.recipe, self.truth.classes, self.dataset.channels, outcome.thresholds)
        weights = checkpoints.weights_of(self.model)
        store.confirm()
        end = StageEnd(trained, self.dynamics.tensors(), self.fabric.strategy.precision.state_dict())
        checkpoints.save_stage(self.folder / "checkpoints", plan.position, plan.stage, weights, facts, end)
        self.embeddings.save(self.run_id, plan, self.truth.samples["sample_id"].to_numpy(object))

    def _explain(self, plan: StagePlan, outcome: StageOutcome, hard: Mined | None) -> None:
        if self.first and self.watch.why_none is None:
            self.progress.update(message="Mapping what the model looks at")
            self.watch.after(self.run_id, plan, outcome, hard, self.truth, self.images, self._say)

    def _load(self, plan: StagePlan) -> None:
        folder = self.folder / "checkpoints"
        checkpoints.load_into(self.model, checkpoints.load_stage(folder, plan.position, plan.stage))

    def _recall(self, plan: StagePlan) -> Mined | None:
        """Restore a recorded stage: load its weights, return the samples mined at its end."""
        recalled = resume.recall_stage(self.run_id, plan, self.truth, self.round)
        self.round = recalled.round
        if forks.is_behind(self.forked, plan) and not checkpoints.has_stage(self.folder, plan.position, plan.stage):
            return recalled.mined  # the run that trained it keeps its best and last stage only; nothing starts here
        self._load(plan)
        if not self.watch.has_maps(self.run_id, plan):  # the run was killed after recording the stage, before its maps
            self._explain(plan, recorder.outcome_from_store(self.run_id, plan, self.truth), recalled.mined)
        return recalled.mined

    def _seed(self, position: int, epoch: int) -> int:
        sequence = np.random.SeedSequence([self.recipe.seed, position, epoch])
        return int(sequence.generate_state(1)[0])
