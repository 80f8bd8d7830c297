"""Test that checkpoints are read as written, survive failed writes, are refused if broken."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch import nn
from torch.optim import AdamW

from trainer import checkpoints
from trainer.checkpoints import Checkpoint, Progress, StageFacts
from trainer.errors import TrainerError


def checkpoint(epoch: int) -> tuple[Checkpoint, nn.Module, AdamW]:
    torch.manual_seed(epoch)
    model = nn.Sequential(nn.Linear(3, 2), nn.BatchNorm1d(2))
    optimizer = AdamW(model.parameters(), lr=0.1)
    model(torch.randn(4, 3)).square().sum().backward()
    optimizer.step()
    weights = checkpoints.weights_of(model)
    progress = Progress(2, epoch, 1, (0.5, -0.25), 40, 640, 1.5, "2026-01-01T00:00:00+00:00")
    state = checkpoints.optimizer_tensors(optimizer)
    return Checkpoint(progress, weights, checkpoints.weights_of(model), state, {"last_epoch": 40}), model, optimizer


def test_a_checkpoint_comes_back_as_it_was(tmp_path: Path) -> None:
    saved, _, optimizer = checkpoint(3)
    checkpoints.save_last(tmp_path, saved)
    loaded = checkpoints.load_last(tmp_path)
    assert loaded is not None
    assert (loaded.progress, loaded.schedule) == (saved.progress, saved.schedule)
    for group in ("weights", "best", "optimizer"):
        was, is_ = getattr(saved, group), getattr(loaded, group)
        assert was.keys() == is_.keys() and all(torch.equal(was[name], is_[name]) for name in was)
    fresh = AdamW(checkpoint(4)[1].parameters(), lr=0.1)
    checkpoints.restore_optimizer(fresh, loaded.optimizer)
    restored, original = checkpoints.optimizer_tensors(fresh), checkpoints.optimizer_tensors(optimizer)
    assert all(torch.equal(restored[name], original[name]) for name in original)


@pytest.mark.parametrize("fused", [True, False])
def test_steps_after_a_restart_are_those_of_an_optimizer_never_stopped(tmp_path: Path, fused: bool) -> None:
    """The weights are channels last, as in training; a fused step once mixed them up with moments in another order."""
    images = torch.randn(6, 4, 3, 8, 8, generator=torch.Generator().manual_seed(0))

    def steps(model: nn.Module, optimizer: AdamW, part: torch.Tensor) -> None:
        for batch in part:
            optimizer.zero_grad()
            model(batch.contiguous(memory_format=torch.channels_last)).square().mean().backward()
            optimizer.step()

    torch.manual_seed(0)
    model = nn.Sequential(nn.Conv2d(3, 8, 3), nn.Conv2d(8, 4, 3, groups=4)).to(memory_format=torch.channels_last)
    optimizer = AdamW(model.parameters(), lr=0.01, fused=fused)
    steps(model, optimizer, images[:3])
    state = checkpoints.optimizer_tensors(optimizer)
    saved = replace(checkpoint(3)[0], weights=checkpoints.weights_of(model), optimizer=state)
    checkpoints.save_last(tmp_path, saved)
    steps(model, optimizer, images[3:])

    loaded = checkpoints.load_last(tmp_path)
    assert loaded is not None
    again = nn.Sequential(nn.Conv2d(3, 8, 3), nn.Conv2d(8, 4, 3, groups=4)).to(memory_format=torch.channels_last)
    fresh = AdamW(again.parameters(), lr=0.01, fused=fused)
    checkpoints.load_into(again, loaded.weights)
    checkpoints.restore_optimizer(fresh, loaded.optimizer)
    steps(again, fresh, images[3:])
    for name, value in model.state_dict().items():
        assert torch.equal(again.state_dict()[name], value), name


def test_without_a_finished_epoch_there_is_none(tmp_path: Path) -> None:
    assert checkpoints.load_last(tmp_path) is None


def test_a_failing_write_leaves_the_old_checkpoint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    checkpoints.save_last(tmp_path, checkpoint(1)[0])

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)  # where a full disk shows at the latest
    with pytest.raises(TrainerError, match=r"^The checkpoint last\.safetensors could not be written \(No space left"):
        checkpoints.save_last(tmp_path, checkpoint(2)[0])
    kept = checkpoints.load_last(tmp_path)
    assert kept is not None and kept.progress.epoch == 1
    assert [path.name for path in tmp_path.iterdir()] == ["last.safetensors"]


@pytest.mark.parametrize("length", [0, 5, 200])
def test_a_cut_off_checkpoint_is_said_to_be_unreadable(tmp_path: Path, length: int) -> None:
    checkpoints.save_last(tmp_path, checkpoint(1)[0])
    path = tmp_path / "last.safetensors"
    path.write_bytes(path.read_bytes()[:length])
    with pytest.raises(
        TrainerError, match=r"^The checkpoint last\.safetensors cannot be read \(.*; start a new run\.$"
    ):
        checkpoints.load_last(tmp_path)


def test_a_file_without_progress_is_none_to_go_on_from(tmp_path: Path) -> None:
    save_file({"weights/x": torch.ones(1)}, tmp_path / "last.safetensors")
    with pytest.raises(TrainerError, match=r"is not one to go on from; start a new run\.$"):
        checkpoints.load_last(tmp_path)


def test_weights_of_a_stage_come_back_and_a_lost_file_is_named(tmp_path: Path) -> None:
    facts = StageFacts("resnet18", "sigmoid", ("a", "b"), 32, [0.5, 0.25], 1, "base")
    weights = checkpoint(1)[0].weights
    checkpoints.save_stage(tmp_path, 2, "refined", weights, facts)
    assert checkpoints.stage_facts(tmp_path, 2, "refined") == facts
    loaded = checkpoints.load_stage(tmp_path, 2, "refined")
    assert all(torch.equal(loaded[name], weights[name]) for name in weights)
    with pytest.raises(TrainerError, match=r"stage full is gone \(00-full\.safetensors\); train the run again"):
        checkpoints.load_stage(tmp_path, 0, "full")
    with pytest.raises(TrainerError, match=r"belongs to another model"):
        checkpoints.load_into(nn.Linear(3, 2), weights)


def test_processor_seconds_add_up_and_stay_unknown_where_a_part_of_them_is(tmp_path: Path) -> None:
    saved, _, _ = checkpoint(3)
    state = {"progress": asdict(saved.progress), "schedule": saved.schedule}
    cost = {"steps": 10, "samples": 160, "samples_used": 160, "seconds": 0.5, "cpu_seconds": 2.0}
    for known in (True, False):
        if not known:
            del state["progress"]["cpu_seconds"]  # as versions wrote it that did not record them
        save_file({"weights/x": torch.zeros(1)}, tmp_path / "last.safetensors", {"state": json.dumps(state)})
        loaded = checkpoints.load_last(tmp_path)
        assert loaded is not None
        assert loaded.progress.after(4, (0.6, -0.2), **cost).cpu_seconds == (2.0 if known else None)
