"""Imports stay within limits: a refusal names the limit, and nothing is left on disk."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import psutil
import pytest
from PIL import Image

from catalog import CatalogError, limits
from catalog.importers import read_draft
from catalog.pictures import BadPicture, decode
from catalog.preview import Reading

LINUX = pytest.mark.skipif(sys.platform != "linux", reason="processes are confined on Linux")


def png(side: int = 4) -> bytes:
    stream = io.BytesIO()
    Image.new("L", (side, side), 9).save(stream, "PNG")
    return stream.getvalue()


def packed(path: Path, entries: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in entries.items():
            archive.writestr(name, data)
    return path


def table(path: Path, rows: int) -> Path:
    path.write_bytes(b"path,label\n" + b"".join(b"%d.png,%c\n" % (n, b"ab"[n % 2]) for n in range(rows)))
    return path


def program(*words: object, **places: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "catalog", "import", *map(str, words)]
    return subprocess.run(command, env=os.environ | places, capture_output=True, text=True, timeout=120, check=False)


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("ODAP_DATA", str(tmp_path / "data"))
    return tmp_path / "data"


def test_limits_are_read_over_their_defaults() -> None:
    found = limits.parsed(" memory=8GiB, rows = 5 ,preview_memory=512m")
    assert (found.memory, found.rows, found.preview_memory) == (8 * 2**30, 5, 512 * 2**20)
    assert found.samples == limits.Limits().samples


@pytest.mark.parametrize("text", ["rows", "rows=", "rows=-1", "rows=0", "rows=1e9", "rows=5k", "colour=3", "time=1.5"])
def test_a_limit_that_is_none_is_one_sentence(text: str) -> None:
    with pytest.raises(CatalogError, match="limit"):
        limits.parsed(text)


@pytest.mark.parametrize("name", ["rows", "columns", "samples"])
def test_tables_beyond_a_limit_are_refused_by_its_name(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = packed(
        tmp_path / "x.zip", {**{f"{n}.png": png() for n in range(6)}, "t.csv": table(tmp_path / "t", 6).read_bytes()}
    )
    assert len(read_draft("csv", [str(source)]).samples) == 6
    monkeypatch.setenv("ODAP_LIMITS", f"{name}={1 if name == 'columns' else 5}")
    with pytest.raises(CatalogError, match=rf"has \d {name}, more than the limit of \d; .*ODAP_LIMITS={name}=NUMBER"):
        read_draft("csv", [str(source)])


def test_annotations_beyond_the_limit_of_rows_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    thing = "<object><name>{}</name></object>"
    voc = packed(tmp_path / "voc.zip", {"Annotations/a.xml": f"<annotation>{thing * 9}</annotation>".encode()})
    boxes = ",".join(['{"image_id": 1, "category_id": 1}'] * 9)
    text = f'{{"images": [{{"id": 1, "file_name": "a.png"}}], "categories": [], "annotations": [{boxes}]}}'
    coco = packed(tmp_path / "coco.zip", {"a.json": text.encode()})
    monkeypatch.setenv("ODAP_LIMITS", "rows=8")
    for kind, source in (("voc", voc), ("coco", coco)):
        with pytest.raises(CatalogError, match=r"has 9 rows, more than the limit of 8"):
            read_draft(kind, [str(source)])


def test_pictures_beyond_the_limit_of_pixels_are_not_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ODAP_LIMITS", "pixels=99")
    with pytest.raises(BadPicture, match=r"10 x 10 pixels, more than the limit of 99; .*ODAP_LIMITS=pixels"):
        decode(png(10), "a.png")
    monkeypatch.setenv("ODAP_LIMITS", "pixels=100")
    assert decode(png(10), "a.png").size == (10, 10)


@pytest.mark.parametrize("kind", ["gif", "tiff", "png", "webp"])
def test_frames_of_a_picture_are_not_counted(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.BytesIO()
    frames = [Image.new("L", (8, 8), grey) for grey in (0, 90, 200)]
    frames[0].save(stream, kind, save_all=True, append_images=frames[1:])
    for name in ("TiffImagePlugin.TiffImageFile", "GifImagePlugin.GifImageFile"):
        monkeypatch.delattr(f"PIL.{name}.n_frames")
    with pytest.raises(BadPicture, match="several frames"):
        decode(stream.getvalue(), f"a.{kind}")


def test_deep_paths_are_refused_at_once(tmp_path: Path) -> None:
    deep = packed(tmp_path / "deep.zip", {f"{'a/' * 15_000}{n}.png": b"" for n in range(3)})
    with pytest.raises(CatalogError, match="more than 64 folders deep"):
        read_draft("folder", [str(deep)])
    place = tmp_path / "deep"
    (place / "/".join("d" * 70)).mkdir(parents=True)
    with pytest.raises(CatalogError, match="more than 64 folders deep"):
        read_draft("folder", [str(place)])


@pytest.mark.parametrize("kind", ["coco", "csv", "voc"])
def test_deep_nesting_is_one_sentence(kind: str, tmp_path: Path) -> None:
    deep = {"coco": b"[" * 200_000, "csv": b'path,label\n"' + b"a" * 300_000, "voc": b"<a>" * 100_000}[kind]
    ending = {"coco": "json", "csv": "csv", "voc": "xml"}[kind]
    with pytest.raises(CatalogError) as refused:
        read_draft(kind, [str(packed(tmp_path / "x.zip", {f"a.{ending}": deep}))])
    assert "\n" not in str(refused.value) and len(str(refused.value)) < 1000


@LINUX
def test_a_command_that_takes_too_much_memory_says_so_and_leaves_nothing(data: Path, tmp_path: Path) -> None:
    done = program("csv", table(tmp_path / "t.csv", 300_000), "--name", "x", "--limit", "memory=200MiB")
    assert done.returncode == 2 and not list(data.glob("*"))
    [line] = done.stderr.splitlines()
    assert line.startswith("python -m catalog: This needs more memory than the limit of 200 MiB")
    assert "--limit memory=NUMBER" in line


@LINUX
def test_a_command_that_takes_too_long_is_ended_and_leaves_nothing(data: Path, tmp_path: Path) -> None:
    place, stream = tmp_path / "many", io.BytesIO()
    Image.effect_noise((512, 512), 50).save(stream, "PNG")
    for number in range(1500):
        file = place / "ab"[number % 2] / f"{number}.png"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(stream.getvalue())
    done = program("folder", place, "--name", "x", "--limit", "time=2")
    assert done.returncode == 2 and "more time than the limit of 2 s" in done.stderr
    assert not [entry for entry in data.glob("*") if entry.name.startswith((".making", "x"))]


@LINUX
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_a_command_that_is_ended_takes_its_child_along(number: signal.Signals, data: Path, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "t.csv")  # who reads it waits for ever
    command = [sys.executable, "-m", "catalog", "import", "csv", str(tmp_path / "t.csv"), "--name", "x"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        family = children(process.pid)
        process.send_signal(number)
        process.wait(timeout=30)
    assert psutil.wait_procs(family, timeout=30)[1] == []
    assert not list(data.glob("*"))


@LINUX
def test_a_preview_that_is_left_ends_its_process(data: Path, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "t.csv")
    with Reading("csv", [str(tmp_path / "t.csv")]) as reading:
        assert reading.wait(0.3) is None
        family = [one for one in children(os.getpid()) if "catalog.preview" in " ".join(one.cmdline())]
        assert len(family) == 1
    assert [one for one in family if one.is_running() and one.status() != psutil.STATUS_ZOMBIE] == []


@LINUX
def test_a_preview_whose_app_is_killed_ends_too(data: Path, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "t.csv")
    code = f"from catalog.preview import Reading\nReading('csv', [{str(tmp_path / 't.csv')!r}]).wait(60)"
    with subprocess.Popen([sys.executable, "-c", code]) as process:
        family = children(process.pid)
        process.kill()
    assert psutil.wait_procs(family, timeout=30)[1] == []


def test_a_preview_hands_over_what_was_read(data: Path, tmp_path: Path) -> None:
    source = packed(tmp_path / "x.zip", {f"{'ab'[n % 2]}/{n}.png": png(900 if n == 1 else 9) for n in range(6)})
    with Reading("folder", [str(source)]) as reading:
        while (look := reading.wait()) is None:
            continue
    assert look.preview.n_samples == 6 and look.preview.by_class == {"a": 3, "b": 3}
    assert sorted(max(picture.image.size) for picture in look.preview.pictures if picture.image)[-2:] == [9, 480]
    with (
        Reading("folder", [str(tmp_path / "none")]) as reading,
        pytest.raises(CatalogError, match="There is no folder"),
    ):
        while reading.wait() is None:
            continue


@LINUX
def test_a_preview_whose_memory_runs_out_in_small_steps_still_says_so(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ODAP_LIMITS", "preview_memory=180MiB")
    source = packed(tmp_path / "x.zip", {"Annotations/a.xml": b"<annotation>" + b"<a></a>" * 1_000_000})
    assert "more memory than the limit of" in refusal("voc", source)


def test_xml_that_is_nested_too_deep_is_named_and_costs_nothing(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ODAP_LIMITS", "preview_memory=180MiB")
    source = packed(tmp_path / "x.zip", {"Annotations/a.xml": b"<annotation>" + b"<a>" * 5_000_000})
    assert " a.xml is nested more than 64 elements deep; export it anew" in refusal("voc", source)


def refusal(kind: str, source: Path) -> str:
    """Return the sentence that refuses a preview."""
    with Reading(kind, [str(source)]) as reading, pytest.raises(CatalogError) as refused:
        while reading.wait() is None:
            continue
    return str(refused.value)


def children(pid: int) -> list[psutil.Process]:
    """Return the child processes of another process, once it has started any."""
    for _ in range(300):
        if found := psutil.Process(pid).children(recursive=True):
            return found
        time.sleep(0.1)
    raise AssertionError("it starts no process")
