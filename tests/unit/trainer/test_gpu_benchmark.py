"""Test that benchmarks/gpu.py measures every row, on the CPU too."""

from __future__ import annotations

import re

import pytest

from benchmarks import gpu


def test_every_rate_is_measured_on_a_cpu_too(capsys: pytest.CaptureFixture[str]) -> None:
    gpu.main(["--quick", "--device", "cpu"])
    printed = capsys.readouterr().out
    rates = dict(re.findall(r"^\| ([^|]+) \| ([\d,.]+) \|", printed, re.MULTILINE))
    assert len(rates) == 6 + 3 + 2
    assert all(float(rate.replace(",", "")) > 0 for rate in rates.values())
    steady, bare = (float(rate.replace(",", "")) for rate in list(rates.values())[:2])
    ratio = re.search(r"Steady rate: (\d\.\d\d) of bare steps", printed)
    assert ratio and float(ratio[1]) == pytest.approx(steady / bare, abs=0.01)
