"""The docs are true: every command, recipe and recipe key is documented, and the README's SQL runs."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

import store
from recipes import Recipe, available, docs_page

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_every_recipe_that_ships_is_in_the_readme() -> None:
    assert [name for name in available() if f"`{name}`" not in README] == []


def test_the_page_of_recipe_keys_is_the_one_the_recipe_makes() -> None:
    page = (ROOT / "docs" / "recipes.md").read_text(encoding="utf-8")
    assert page == docs_page.page(), "write it again with: python -m recipes.docs_page > docs/recipes.md"


@pytest.mark.parametrize("program", ["catalog", "trainer", "jobs", "store"])
def test_every_command_is_in_the_readme(program: str) -> None:
    help_ = subprocess.run(
        [sys.executable, "-m", program, "--help"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    commands = re.findall(r"^    ?(\w+) {2,}\S", help_, re.MULTILINE)
    assert commands
    lines = [line for line in README.splitlines() if f"python -m {program} " in line]
    assert [name for name in commands if not any(re.search(rf"\b{name}\b", line) for line in lines)] == []


def test_every_option_of_the_report_is_in_the_readme() -> None:
    help_ = subprocess.run(
        [sys.executable, "-m", "report", "--help"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    options = set(re.findall(r"^  (--\w+)", help_, re.MULTILINE))
    (line,) = (line for line in README.splitlines() if line.startswith("python -m report "))
    assert options and [name for name in sorted(options) if name not in line] == []


def test_the_recipe_in_the_readme_is_one() -> None:
    (text,) = re.findall(r"```yaml\n(.*?)```", README, re.DOTALL)
    import yaml

    values = yaml.safe_load(text)
    assert values.pop("extends") == "demo"
    Recipe.parse(values)


def test_every_table_is_in_the_readme_and_every_query_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ODAP_RESULTS", str(tmp_path / "results.duckdb"))
    tables = set(store.counts()) - {"schema_version"}
    assert [name for name in sorted(tables) if f"`{name}`" not in README] == []
    queries = re.findall(r"```sql\n(.*?)```", README, re.DOTALL)
    assert len(queries) >= 3
    with store.read() as connection:
        for query in queries:
            assert connection.execute(query).description


def test_every_picture_and_page_the_readme_names_is_there() -> None:
    named = re.findall(r"\]\(((?!http)[^)#]+)\)", README)
    assert named
    assert [name for name in named if not (ROOT / name).exists()] == []
