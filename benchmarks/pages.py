"""Server time of each page's rerun on a large store.

    python benchmarks/pages.py --runs 100 --samples 12400 --reruns 20 --out benchmarks/pages.md

Makes a store of runs x 7 stages x samples in a folder of its own with the production writers (no pictures, no
training), opens every page once (first load) and then reruns it, each time with another run or stage chosen, as a
meeting would. What is timed is the page's script from request to last element, without browser and network.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

import store  # noqa: E402
from analysis.metrics import decide, stage_metrics  # noqa: E402
from store.clock import utc_now  # noqa: E402

CLASSES = ("ac", "bpd", "fl", "afi", "crl", "volume")
STAGES = [(0, "full")] + [(round_, stage) for round_ in (1, 2, 3) for stage in ("hard_negative", "refined")]
PAGES = ("overview", "confusion", "difference", "hard_negatives", "stages", "single_vs_multi")
SPLITS = ("train", "val", "test")


def register(n: int, rng: np.random.Generator) -> pd.DataFrame:
    """Write a dataset of n samples, seven images per patient."""
    labels = rng.integers(0, len(CLASSES), n)
    patients = np.arange(n) // 7
    frame = pd.DataFrame(
        {
            "sample_id": [f"{i:016x}" for i in range(n)],
            "path": [f"{i}.png" for i in range(n)],
            "patient": [f"p{p}" for p in patients],
            "split": [SPLITS[0 if p % 10 < 5 else 1 if p % 10 == 5 else 2] for p in patients],
            "label": [CLASSES[i] for i in labels],
            "labels": [[CLASSES[i]] for i in labels],
            "ambiguity": 0.0,
            "marks": [[] for _ in range(n)],
            "boxes": None,
        }
    )
    store.register_dataset("large@1", "large", 1, list(CLASSES), "made", "/nowhere", frame)
    return frame.assign(at=labels)


def record(run_id: str, kind: str, seed: int, samples: pd.DataFrame, rng: np.random.Generator) -> None:
    """Record a whole run; `kind` is mines, control or multi."""
    objective = "sigmoid" if kind == "multi" else "softmax"
    store.create_run(
        run_id, recipe_name=kind, recipe={"name": kind}, objective=objective, model="resnet18", dataset_id="large@1",
        classes=list(CLASSES), seed=seed, control=kind == "control", rounds=3, device="cpu",
    )  # fmt: skip
    at, n = samples["at"].to_numpy(), len(samples)
    targets = np.eye(len(CLASSES), dtype=np.float32)[at]
    splits = samples["split"].to_numpy()
    base = rng.normal(size=(n, len(CLASSES)))
    for position, (round_, stage) in enumerate(STAGES):
        logits = base + 0.5 * rng.normal(size=base.shape) + (1.5 + 0.2 * position) * targets
        probs = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
        decided = decide(probs, "softmax")
        losses = -np.log(probs[np.arange(n), at])
        metrics = pd.concat(
            stage_metrics(targets[of], probs[of], decided[of], CLASSES, at[of], losses[of]).assign(split=split)
            for split in SPLITS
            for of in [splits == split]
        )
        said = probs.argmax(axis=1)
        wrong = np.flatnonzero((said != at) & (splits == "train"))[:800]
        mined = pd.DataFrame(
            {
                "sample_id": samples["sample_id"].to_numpy()[wrong],
                "true_class": [CLASSES[i] for i in at[wrong]],
                "rival_class": [CLASSES[i] for i in said[wrong]],
                "margin": probs[wrong, at[wrong]] - probs[wrong].max(axis=1),
                "loss": losses[wrong],
                "reason": "wrong",
            }
        )
        more = kind == "mines" and stage != "hard_negative" and position + 1 < len(STAGES)
        store.record_stage(
            run_id, round_, stage if kind != "control" or stage != "hard_negative" else "control",
            columns={
                "position": position, "epochs": 5, "best_epoch": 5, "steps": 1000, "samples_seen": 32000,
                "seconds": 100.0, "images_per_s": 320.0, "thresholds": [0.5] * 6 if kind == "multi" else None,
                "n_mined": len(mined) if more else None, "started_at": utc_now(), "finished_at": utc_now(),
            },
            metrics=metrics,
            predictions=pa.table(
                {
                    "sample_id": samples["sample_id"], "split": splits, "targets": list(targets),
                    "probs": list(probs.astype(np.float32)), "loss": losses.astype(np.float32), "correct": said == at,
                }
            ),
            mined=mined if more else None,
        )  # fmt: skip
    store.finish_run(run_id, "done")


def make(runs: int, n: int) -> None:
    """Make the whole store, or those of its runs that are missing."""
    rng, began = np.random.default_rng(0), time.perf_counter()
    samples = register(n, rng)
    there = set(store.runs()["run_id"])
    for number in range(runs):
        kind = ("mines", "control", "multi")[number % 3]
        if f"{kind}-{number}" not in there:
            record(f"{kind}-{number}", kind, number // 3, samples, rng)
    print(f"store ready after {time.perf_counter() - began:.0f} s", flush=True)


def views(page: str, runs: int, turn: int) -> dict[str, str]:
    """Return the URL parameters of a turn: another run, another stage."""
    number = 3 * (turn % max(1, runs // 3))
    round_, stage = STAGES[turn % len(STAGES)]
    mines = f"mines-{number}"
    return {
        "overview": {"run": mines},
        "confusion": {"run": mines, "stage": f"{round_}.{stage}", "tab": "matrix"},
        "difference": {"run": mines, "stage": "3.refined", "run2": mines, "stage2": f"{round_}.{stage}",
                       "tab": "difference"},
        "hard_negatives": {"run": mines, "round": str(1 + turn % 3)},
        "stages": {"run": mines, "control": f"control-{number + 1}", "seeds": "one"},
        "single_vs_multi": {"a": mines, "b": f"multi-{number + 2}", "seeds": "one"},
    }[page]  # fmt: skip


def measure(page: str, runs: int, reruns: int) -> dict[str, object]:
    """Measure the first load, then reruns with another view and with the same view, in ms."""
    from streamlit.testing.v1 import AppTest

    def show(turn: int) -> tuple[float, float]:
        at.query_params.update(views(page, runs, turn))
        began, busy = time.perf_counter(), time.process_time()
        at.run()
        assert not at.exception and not at.error, [*at.exception, *at.error]
        return 1000 * (time.perf_counter() - began), 1000 * (time.process_time() - busy)

    at = AppTest.from_file(str(ROOT / "app.py"), default_timeout=600)
    at.run()
    at.query_params.update(views(page, runs, 0))
    began = time.perf_counter()
    at.switch_page(f"pages/{'confusion' if page == 'difference' else page}.py").run()
    first = 1000 * (time.perf_counter() - began)
    cold, warm = [], []
    for turn in range(1, reruns + 1):
        cold.append(show(turn))
        warm.append(show(turn))
    return {
        "page": page,
        "first load": round(first),
        **{
            f"{view} view, {name}": round(float(found))
            for view, times in (("other", np.array(cold)), ("same", np.array(warm)))
            for name, found in (
                ("median", np.median(times[:, 0])), ("p95", np.quantile(times[:, 0], 0.95)),
                ("processor", np.median(times[:, 1])),
            )
        },
    }  # fmt: skip


def main() -> None:
    """Make the store, measure, write the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=12)
    parser.add_argument("--samples", type=int, default=2000)
    parser.add_argument("--reruns", type=int, default=6)
    parser.add_argument("--pages", nargs="+", choices=PAGES, default=list(PAGES), metavar="PAGE")
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="make the store here, or use the one made here")
    parser.add_argument("--out", type=Path)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as passing:
        folder = args.keep or Path(passing)
        for name, place in (("RESULTS", "results.duckdb"), ("DATA", "data"), ("RUNS", "runs")):
            os.environ[f"ODAP_{name}"] = str(folder / place)
        make(args.runs, args.samples)
        found = pd.DataFrame([measure(page, args.runs, args.reruns) for page in args.pages])
    rows = ["| " + " | ".join(map(str, row)) + " |" for row in [found.columns, ["---"] * len(found.columns)]]
    rows += ["| " + " | ".join(map(str, row)) + " |" for row in found.itertuples(index=False)]
    load = f"load {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""
    scale = f"{args.runs} runs x {len(STAGES)} stages x {args.samples} samples, {args.reruns} reruns of each kind"
    told = "\n".join(rows)
    text = (
        f"# Server time of pages\n\n`python {' '.join(sys.argv)}`\n\n{scale}; milliseconds. {platform.machine()}, "
        f"{os.cpu_count()} cores, {load}.\n\n{told}\n"
    )
    print(text)
    if args.out:
        args.out.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
