"""Test that every change from a page asks permission, and that a refusal changes nothing."""

from __future__ import annotations

import ast
from pathlib import Path

import numpy as np
import pytest

import catalog
import jobs
import store
from catalog.revision import SampleChange
from system import permission

ROOT = Path(__file__).parents[3]
REFUSED = r"^No, not you\.$"
# Every call by which pages change something; a new one joins this list and asks the rule.
CHANGING = {
    "submit_training", "submit_again", "submit_resume", "submit_explain", "submit_scores", "submit_import",
    "submit_check", "submit_demo", "submit_study", "stop", "request_stop", "prioritize", "delete", "keep_best",
    "add_verdict", "undo_verdict", "revise",
}  # fmt: skip


@pytest.fixture
def asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    for name, place in (("RESULTS", "results.duckdb"), ("DATA", "data"), ("RUNS", "runs")):
        monkeypatch.setenv(f"ODAP_{name}", str(tmp_path / place))
    pixels = np.random.default_rng(0).integers(0, 256, (4, 16, 16), dtype=np.uint8)
    samples = [catalog.NewSample(f"{i}.png", "ab"[i % 2], pixels[i], patient=str(i)) for i in range(4)]
    catalog.save_dataset("tiny", samples, classes=("a", "b"), source="test")
    store.create_run(
        "r", recipe_name="demo", recipe={"name": "demo"}, objective="softmax", model="resnet18", dataset_id="tiny@1",
        classes=["a", "b"], seed=0, control=False, rounds=1, device="cpu",
    )  # fmt: skip
    store.add_job("train", title="demo", args={}, run_id="r", state="queued")
    return []


def test_a_refusing_rule_is_asked_by_every_action_and_nothing_is_changed(asked: list[tuple[str, str]]) -> None:
    def rule(action: permission.Action, subject: str) -> str:
        asked.append((action, subject))
        return "No, not you."

    sample = catalog.open_dataset("tiny").samples["sample_id"].iloc[0]
    actions = {
        "train": lambda: jobs.submit_training("demo", dataset="tiny"),
        "phantom": lambda: jobs.submit_phantom("other"),
        "explain": lambda: jobs.submit_explain("r", [sample]),
        "import": lambda: jobs.submit_import("folder", "/somewhere", "other"),
        "check": lambda: jobs.submit_check("tiny@1"),
        "stop": lambda: jobs.stop("r"),
        "put_first": lambda: jobs.prioritize("r"),
        "delete_run": lambda: jobs.delete("r"),
        "keep_best": lambda: jobs.keep_best("r"),
        "verdict": lambda: store.add_verdict("tiny@1", sample, "Kim", "ambiguous"),
        "undo_verdict": lambda: store.undo_verdict("tiny@1", sample, "Kim"),
        "revise": lambda: catalog.revise("tiny", [SampleChange(sample, "excluded")]),
    }
    assert set(actions) == set(permission.Action.__args__)  # type: ignore[attr-defined]
    before = store.mark(), store.jobs().to_csv(), [d.dataset_id for d in catalog.list_versions()]
    with permission.ruled(rule):
        for action in actions.values():
            with pytest.raises(permission.NotPermitted, match=REFUSED):
                action()
    assert [action for action, _ in asked] == list(actions)
    assert before == (store.mark(), store.jobs().to_csv(), [d.dataset_id for d in catalog.list_versions()])
    assert jobs.stop("r") == "stopped"  # the rule is gone, and with it the refusal


def test_training_a_recipe_again_asks_the_rule_of_a_training(asked: list[tuple[str, str]], tmp_path: Path) -> None:
    (tmp_path / "runs" / "r").mkdir(parents=True)
    (tmp_path / "runs" / "r" / "recipe.yaml").write_text("name: demo\nobjective: softmax\n")
    before = store.jobs().to_csv()
    rule = permission.ruled(lambda action, _: "No, not you." if action == "train" else None)
    with rule, pytest.raises(permission.NotPermitted, match=REFUSED):
        jobs.submit_again("r", seed=1)
    assert store.jobs().to_csv() == before


def test_pages_change_things_by_these_functions_only() -> None:
    """Check that all that pages call changes nothing, or is one of CHANGING."""
    reading = {"plan_of", "recent", "reconcile", "ensure_worker"}  # housekeeping that no person asks for
    called = set()
    for path in [*ROOT.glob("dashboard/**/*.py"), *ROOT.glob("pages/*.py"), ROOT / "app.py"]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                called |= {(node.value.id, node.attr)}
    of_jobs = {name for module, name in called if module == "jobs" and callable(getattr(jobs, name, None))}
    of_jobs = {name for name in of_jobs if not isinstance(getattr(jobs, name), type)} - reading
    assert of_jobs <= CHANGING and len(of_jobs) >= 6
    writing = {"add_verdict", "undo_verdict", "delete_run", "keep_best", "add_job", "add_jobs", "update_job"}
    writing |= {"record_stage", "record_epoch", "create_run", "finish_run", "register_dataset", "request_stop", "write"}
    assert {name for module, name in called if module == "store"} & writing <= {"add_verdict", "undo_verdict"}
    assert {name for module, name in called if module == "catalog"} & {"revise", "save_dataset"} <= CHANGING
