"""Zip archives are read as people send them, and hostile ones are refused."""

from __future__ import annotations

import io
import stat
import unicodedata
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from catalog import CatalogError
from catalog.__main__ import main
from catalog.importers.archive import Archive, ArchiveLimits
from catalog.importers.folder import read_folder
from catalog.pictures import BadPicture


def png(seed: int) -> bytes:
    stream = io.BytesIO()
    Image.fromarray(np.random.default_rng(seed).integers(0, 256, (14, 20), dtype=np.uint8)).save(stream, "PNG")
    return stream.getvalue()


def zipped(path: Path, entries: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, data in entries.items():
            archive.writestr(name, data)
    return path


def test_a_zip_imports_as_its_folder_does(data, tmp_path, capsys):
    entries = {f"set/{'ab'[i % 2]}/{i:02d}.png": png(i) for i in range(20)}
    source = zipped(tmp_path / "x.zip", entries | {"__MACOSX/set/._1.png": b"x", "set/.DS_Store": b"x"})
    assert main(["import", "folder", str(source), "--name", "tiny", "--test", "0.2", "--keep-names"]) == 0
    assert capsys.readouterr().out.startswith("tiny@1: 20 images")
    assert sorted(file.name for file in tmp_path.iterdir()) == ["data", "x.zip"]
    stored = data / "tiny" / "1" / "images"
    assert {f"set/{file.relative_to(stored)}": file.read_bytes() for file in stored.rglob("*.png")} == entries


@pytest.mark.parametrize("name", ["../x.png", "a/../../x.png", "/x.png", "C:\\x.png", "a\\..\\..\\x.png"])
def test_an_entry_that_leads_out_is_refused(data, tmp_path, name, capsys):
    source = zipped(tmp_path / "x.zip", {"a/1.png": png(1), "b/1.png": png(2), name: png(3)})
    assert main(["import", "folder", str(source), "--name", "tiny"]) == 2
    said = capsys.readouterr().err
    assert "leads out of it or is no path; make it again" in said and said.count("\n") == 1
    assert [file.name for file in tmp_path.iterdir()] == ["x.zip"]


def test_links_encryption_other_packing_and_limits_are_refused(tmp_path):
    link = zipfile.ZipInfo("a/l.png")
    link.create_system, link.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(tmp_path / "l.zip", "w") as archive:
        archive.writestr(link, "/etc/passwd")
    with pytest.raises(CatalogError, match=r"'a/l\.png' is a link"):
        Archive(tmp_path / "l.zip")
    locked = bytearray(zipped(tmp_path / "e.zip", {"a.png": b"x"}).read_bytes())
    locked[locked.index(b"PK\x01\x02") + 8] |= 1
    (tmp_path / "e.zip").write_bytes(locked)
    with pytest.raises(CatalogError, match="is encrypted; make it again without a password"):
        Archive(tmp_path / "e.zip")
    with pytest.raises(CatalogError, match="is packed by method 14"):
        Archive(zipped(tmp_path / "m.zip", {"a.png": b"x"}, zipfile.ZIP_LZMA))
    bomb = zipped(tmp_path / "b.zip", {f"{i}.png": bytes(2**20) for i in range(4)})
    for limits, sentence in (
        (ArchiveLimits(files=3), "holds 4 entries, more than 3"),
        (ArchiveLimits(file_bytes=2**19), "unpacks to more than 524,288 bytes"),
        (ArchiveLimits(all_bytes=3 * 2**20), "unpacks to more than 3 MiB"),
    ):
        with pytest.raises(CatalogError, match=sentence):
            Archive(bomb, limits)
    (tmp_path / "n.zip").write_bytes(b"PK nonsense")
    with pytest.raises(CatalogError, match="is no sound zip archive"):
        read_folder(tmp_path / "n.zip")


def test_a_damaged_entry_is_an_unusable_picture(tmp_path):
    source = zipped(tmp_path / "x.zip", {"a.png": png(1)}, zipfile.ZIP_STORED)
    held = bytearray(source.read_bytes())
    held[80] ^= 255
    source.write_bytes(held)
    with pytest.raises(BadPicture, match=r"is damaged in x\.zip"):
        Archive(source).read("a.png")


def test_korean_names_of_every_origin(tmp_path):
    class Windows(zipfile.ZipInfo):
        def _encodeFilenameFlags(self) -> tuple[bytes, int]:
            return self.filename.encode("cp949"), self.flag_bits

    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
        archive.writestr(Windows("양성/사진.png"), b"1")
        archive.writestr(unicodedata.normalize("NFD", "악성/사진.png"), b"2")
    assert Archive(tmp_path / "x.zip").files == ["양성/사진.png", "악성/사진.png"]
    with pytest.warns(UserWarning, match="Duplicate"), zipfile.ZipFile(tmp_path / "d.zip", "w") as archive:
        archive.writestr("a.png", b"1")
        archive.writestr("a.png", b"2")
    with pytest.raises(CatalogError, match=r"holds 'a\.png' twice"):
        Archive(tmp_path / "d.zip")
