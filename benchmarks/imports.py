"""Measure speed and memory of imports of growing size: `python -m benchmarks.imports`."""

from __future__ import annotations

import argparse
import io
import os
import platform
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

SIDE, CLASSES, FRAMES = 128, ("ac", "bpd", "fl", "afi"), 40


def pictures(number: int) -> Iterator[NDArray[np.uint8]]:
    """Yield different pictures of the phantom's size that compress badly, like speckle."""
    rng = np.random.default_rng(0)
    for _ in range(number):
        yield rng.integers(0, 256, (SIDE, SIDE), dtype=np.uint8)


def png(pixels: NDArray[np.uint8]) -> bytes:
    """Return a picture as a PNG file."""
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, "PNG", compress_level=1)
    return stream.getvalue()


def folder(place: Path, number: int) -> Path:
    """Make class folders of PNGs."""
    for index, pixels in enumerate(pictures(number)):
        file = place / CLASSES[index % len(CLASSES)] / f"{index:06d}.png"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(png(pixels))
    return place


def zipped(place: Path, number: int) -> Path:
    """Make one zip of class folders."""
    with zipfile.ZipFile(place.with_suffix(".zip"), "w") as archive:
        for index, pixels in enumerate(pictures(number)):
            archive.writestr(f"{CLASSES[index % len(CLASSES)]}/{index:06d}.png", png(pixels))
    return place.with_suffix(".zip")


def dicom(place: Path, number: int) -> Path:
    """Make class folders of DICOM films, each of FRAMES frames of one patient."""
    from pydicom import Dataset
    from pydicom.dataset import FileMetaDataset
    from pydicom.uid import ExplicitVRLittleEndian, UltrasoundMultiFrameImageStorage, generate_uid

    shown = pictures(number)
    for index in range(0, number, FRAMES):
        frames = [pixels.tobytes() for _, pixels in zip(range(min(FRAMES, number - index)), shown, strict=False)]
        film = Dataset()
        film.file_meta = FileMetaDataset()
        film.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
        film.SOPClassUID, film.SOPInstanceUID = UltrasoundMultiFrameImageStorage, generate_uid()
        film.PatientID, film.PhotometricInterpretation = f"patient {index}", "MONOCHROME2"
        film.Rows = film.Columns = SIDE
        film.BitsAllocated = film.BitsStored = 8
        film.HighBit, film.PixelRepresentation, film.SamplesPerPixel = 7, 0, 1
        film.NumberOfFrames, film.PixelData = len(frames), b"".join(frames)
        file = place / CLASSES[index // FRAMES % len(CLASSES)] / f"{index:06d}.dcm"
        file.parent.mkdir(parents=True, exist_ok=True)
        film.save_as(file, enforce_file_format=True)
    return place


MAKERS: dict[str, tuple[str, Callable[[Path, int], Path]]] = {
    "folder": ("folder", folder),
    "zip": ("folder", zipped),
    "dicom": ("dicom", dicom),
}


def imported(kind: str, number: int) -> tuple[float, float, float]:
    """Return wall seconds, CPU seconds and peak resident MiB of one import process."""
    command, make = MAKERS[kind]
    with tempfile.TemporaryDirectory() as home:
        source = make(Path(home) / "source", number)
        start = time.perf_counter()
        process = subprocess.Popen(
            [sys.executable, "-m", "catalog", "import", command, str(source), "--name", "bench", "--strict"],
            env=os.environ | {"ODAP_DATA": str(Path(home) / "data")},
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        assert process.stdout is not None
        said = process.stdout.read().decode()
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        wall = time.perf_counter() - start
    if process.returncode or f"{number:,} images" not in said:
        raise SystemExit(f"The import of {number} images failed: {said}")
    peak = used.ru_maxrss / (1024 if sys.platform != "darwin" else 1024**2)
    return wall, used.ru_utime + used.ru_stime, peak


def main() -> None:
    """Print one line per kind and number of images."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=int, nargs="+", default=[1240, 12400], help="how many (default 1240 12400)")
    parser.add_argument("--kinds", nargs="+", choices=MAKERS, default=list(MAKERS), help="of sources (default: all)")
    options = parser.parse_args()
    print(f"{os.cpu_count()} cores, Python {platform.python_version()}, load {os.getloadavg()[0]:.1f} at the start")
    for kind in options.kinds:
        first = None
        for number in options.images:
            seconds, cpu, peak = imported(kind, number)
            first = first or peak
            said = f"{kind:<7}{number:>7,} images: {seconds:6.1f} s, {number / seconds:5.0f} images/s, {cpu:5.1f} s CPU"
            print(f"{said}, peak {peak:4.0f} MiB ({peak / first:.2f} x)", flush=True)
    print(f"load {os.getloadavg()[0]:.1f} at the end")


if __name__ == "__main__":
    main()
