"""Keep the pixels of a dataset where the network takes them, and load them ahead.

On a GPU all pixels are kept in its memory where they fit: 12,400 grey images of 224 pixels are 0.6 GB. Where they do
not, a thread gathers the next mini-batches in page-locked memory and copies them while the network learns. torch's
DataLoader would start processes that each open the dataset again, and copy every batch between them.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from trainer.network.devices import to_device

Where = Literal["auto", "device", "host"]
Loaded = tuple[Tensor, "torch.cuda.Event | None"]

SHARE = 0.25  # of a GPU's free memory that pixels may take; the rest is for the network
CHUNK = 1 << 28  # bytes that are copied at once; the source may be larger than the machine's memory
AHEAD = 2  # mini-batches that are loaded while the network learns from one


class PixelStore:
    """The pixels of a dataset, (N, 1 or 3, S, S) uint8, to be taken by rows.

    pixels: memory-mapped; device: that mini-batches are for; where: device = all pixels are kept in its memory, host =
    they are copied as they are needed, auto = the first on CUDA where they fit, else the second.
    """

    def __init__(self, pixels: NDArray[np.uint8], device: torch.device, where: Where = "auto") -> None:
        self.device = device
        self._source = pixels
        on_device = where == "device" or (where == "auto" and _fits(device, pixels.nbytes))
        self._resident = _copied(pixels, device) if on_device else None
        copies = device.type == "cuda" and not on_device
        self._stream = torch.cuda.Stream(device) if copies else None  # type: ignore[no-untyped-call]

    @property
    def resident(self) -> bool:
        """Return whether all pixels are in the device's memory."""
        return self._resident is not None

    def take(self, rows: NDArray[np.int64]) -> Tensor:
        """Return the pixels (B, 1 or 3, S, S) of these rows, on the device."""
        if self._resident is not None:
            return self._resident.index_select(0, to_device(torch.from_numpy(rows), self.device))
        return self._arrived(self._load(rows))

    def stream(self, batches: Iterable[NDArray[np.int64]]) -> Iterator[Tensor]:
        """Yield the pixels of one mini-batch after another, loaded ahead where that saves time."""
        if self._resident is not None or self._stream is None:
            yield from map(self.take, batches)
        else:
            yield from self.load_ahead(batches)

    def load_ahead(self, batches: Iterable[NDArray[np.int64]]) -> Iterator[Tensor]:
        """Yield the pixels of one mini-batch after another while a thread loads the next ones."""
        waiting: deque[Future[Loaded]] = deque()
        with ThreadPoolExecutor(1, thread_name_prefix="pixels") as thread:
            for rows in batches:
                waiting.append(thread.submit(self._load, rows))
                if len(waiting) > AHEAD:
                    yield self._arrived(waiting.popleft().result())
            while waiting:
                yield self._arrived(waiting.popleft().result())

    def _load(self, rows: NDArray[np.int64]) -> Loaded:
        """Gather pixels in memory and begin their copy to the device."""
        if self._stream is None:
            return torch.from_numpy(np.ascontiguousarray(self._source[rows])).to(self.device), None
        gathered = torch.empty(len(rows), *self._source.shape[1:], dtype=torch.uint8, pin_memory=True)
        np.take(self._source, rows, axis=0, out=gathered.numpy(), mode="clip")  # "raise" would gather elsewhere first
        with torch.cuda.stream(self._stream):
            copied = gathered.to(self.device, non_blocking=True)
            event = torch.cuda.Event()  # type: ignore[no-untyped-call]
            event.record(self._stream)
        return copied, event

    def _arrived(self, loaded: Loaded) -> Tensor:
        """Return loaded pixels; what the device does with them from now on waits for their copy."""
        pixels, event = loaded
        if event is not None:
            current = torch.cuda.current_stream(self.device)
            current.wait_event(event)
            pixels.record_stream(current)  # else their memory might be given away while they are in use
        return pixels


def _fits(device: torch.device, n_bytes: int) -> bool:
    if device.type != "cuda":
        return False
    free, _ = torch.cuda.mem_get_info(device)
    return n_bytes <= SHARE * free


def _copied(pixels: NDArray[np.uint8], device: torch.device) -> Tensor:
    """Copy all pixels to the device, in chunks."""
    whole = torch.empty(pixels.shape, dtype=torch.uint8, device=device)
    n_rows = max(1, CHUNK // max(1, pixels[:1].nbytes))
    for start in range(0, len(pixels), n_rows):
        rows = slice(start, start + n_rows)
        whole[rows] = torch.from_numpy(np.array(pixels[rows]))
    return whole
