"""Set up where and how a run is computed: device, precision and number of processes.

Lightning's Fabric provides devices, precision and gradient exchange, and leaves the loop to us. Accelerate does the
same, but needs a hub client and settings files of its own. Under `torchrun` every process follows the whole curriculum
on its own device. It computes its share of each mini-batch and of each evaluation; the shares are then gathered, so
that all processes have the same results. Only the first one writes.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, cast

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.optim import Optimizer

from recipes import Determinism, Precision
from trainer.errors import TrainerError

if TYPE_CHECKING:
    from lightning_fabric import Fabric

_FABRIC_PRECISION = {"float32": "32-true", "bfloat16": "bf16-mixed", "float16": "16-mixed"}


def open_fabric(device: str | None = None, precision: Precision = "auto") -> Fabric:
    """Open the named device, else CUDA, else Apple's GPU, else the CPU.

    Under torchrun each process has a device of its own.

    Args:
        precision: auto = bfloat16 if CUDA supports it, float16 with loss scaling on other CUDA devices, else float32.
    Raises:
        TrainerError: the device does not exist or does not support the precision, or there are fewer devices than
            processes.
    """
    from lightning_fabric import Fabric  # imports torch._dynamo, over a second of processor time

    target = _chosen(device)
    world, local_processes = (int(os.environ.get(name, "1")) for name in ("WORLD_SIZE", "LOCAL_WORLD_SIZE"))
    if world > 1 and target.index is not None:
        raise TrainerError(f"Under torchrun each process has a device of its own; write --device {target.type}.")
    if target.type == "cuda" and local_processes > torch.cuda.device_count():
        raise TrainerError(
            f"There are {local_processes} processes and {torch.cuda.device_count()} CUDA devices here; start fewer "
            "with --nproc-per-node, or train with --device cpu."
        )
    fabric = Fabric(
        accelerator=target.type,
        devices=local_processes if world > 1 or target.index is None else [target.index],
        num_nodes=world // local_processes,
        strategy="ddp" if world > 1 else "auto",
        precision=_FABRIC_PRECISION[_chosen_precision(target, precision)],  # type: ignore[arg-type]
    )
    fabric.launch()
    return fabric


def prepare(fabric: Fabric, model: nn.Module, compile: bool = False) -> nn.Module:
    """Prepare a network for training on the device, in the precision, in all processes.

    Returns a wrapper to be called in training. `model` itself is moved to the device too and shares all weights; it is
    the one to evaluate and to save. Batch norm then takes its statistics over the whole mini-batch, as in one process
    (on the CPU, only that of torchvision's models does).
    """
    fabric.to_device(model)
    if fabric.world_size > 1:
        if fabric.device.type == "cpu":
            _share_batch_norm(model)
        else:
            from timm.layers.norm_act import convert_sync_batchnorm  # takes over a second to import

            convert_sync_batchnorm(model)  # type: ignore[no-untyped-call]
    forward: nn.Module = torch.compile(model) if compile else model  # type: ignore[assignment]
    return fabric.setup_module(forward, move_to_device=False)


def stepping(fabric: Fabric, optimizer: Optimizer) -> Optimizer:
    """Wrap an optimizer to scale the loss if the precision needs it; the state is shared."""
    return cast(Optimizer, fabric.setup_optimizers(optimizer))


def allows_fused(fabric: Fabric) -> bool:
    """Return whether the optimizer may be one that updates all weights in one kernel.

    Not where the precision scales the loss: such an optimizer unscales the gradients itself, after they were clipped,
    so Fabric refuses to clip them.
    """
    scales_loss = getattr(fabric.strategy.precision, "scaler", None) is not None
    return fabric.device.type in ("cpu", "cuda") and not scales_loss


def share_of(fabric: Fabric, n: int) -> slice:
    """Return the slice of n rows that this process takes; all processes' are nearly equal."""
    rank, world = fabric.global_rank, fabric.world_size
    return slice(n * rank // world, n * (rank + 1) // world)


def gather_shares(fabric: Fabric, part: Tensor, n: int) -> Tensor:
    """Gather the shares of n rows from all processes.

    Args:
        part: this process's share, floating point.
    Returns:
        (n, ...), the same in all processes.
    """
    if fabric.world_size == 1:
        return part
    whole = torch.zeros(n, *part.shape[1:], dtype=part.dtype, device=fabric.device)
    whole[share_of(fabric, n)] = part.to(fabric.device)
    return total(fabric, whole).to(part.device)


def total(fabric: Fabric, value: Tensor) -> Tensor:
    """Sum a tensor over the processes; the result is the same in all."""
    if fabric.world_size == 1:
        return value
    return cast(Tensor, fabric.all_reduce(value, reduce_op="sum"))


def refuse_small_batches(fabric: Fabric, smallest: int) -> None:
    """Raise TrainerError if a process would get fewer than two samples, as batch norm needs."""
    if fabric.world_size > 1 and smallest < 2 * fabric.world_size:
        raise TrainerError(
            f"A mini-batch of {smallest} is too small for {fabric.world_size} processes; set batch_size higher, or "
            "start fewer with --nproc-per-node."
        )


def refuse_no_compiler(fabric: Fabric) -> None:
    """Raise TrainerError if torch.compile does not work here, as without a C++ compiler."""
    try:
        torch.compile(lambda x: x + 1)(torch.ones(2, device=fabric.device))
    except RuntimeError as error:
        reason = str(error).partition("\n")[0]
        raise TrainerError(
            f"torch.compile does not work here ({reason}); install a C++ compiler (g++), or set compile: false."
        ) from None


def close() -> None:
    """Close the connection to the other processes, if there are any."""
    if dist.is_initialized():
        dist.destroy_process_group()


def to_device(values: Tensor, device: torch.device) -> Tensor:
    """Copy values to a device without waiting for it."""
    if device.type != "cuda" or values.device.type != "cpu":
        return values.to(device)
    return values.pin_memory().to(device, non_blocking=True)


def set_determinism(how: Determinism) -> None:
    """Choose the kernels of this process.

    Args:
        how: auto = no autotuned kernels, and deterministic ones where they exist; never = the fastest ones, whose
            results may differ from run to run on a GPU.
    """
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    torch.backends.cudnn.benchmark = how == "never"
    torch.use_deterministic_algorithms(how == "auto", warn_only=True)


class _Total(torch.autograd.Function):
    """Differentiable sum over processes; the gradient is the sum of the processes' gradients."""

    @staticmethod
    def forward(ctx: object, value: Tensor) -> Tensor:
        summed = value.clone()
        dist.all_reduce(summed)
        return summed

    @staticmethod
    def backward(ctx: object, gradient: Tensor) -> Tensor:
        return _Total.forward(ctx, gradient)


def _total_of(value: Tensor) -> Tensor:
    return cast(Tensor, _Total.apply(value))


class SharedBatchNorm(nn.BatchNorm2d):
    """Batch norm over the mini-batches of all processes, for the CPU: SyncBatchNorm refuses it."""

    def forward(self, x: Tensor) -> Tensor:
        """Normalise (B, C, H, W); statistics in training are over all processes."""
        if not self.training:
            return super().forward(x)
        axes = (0, 2, 3)
        n = _total_of(x.new_tensor(x.numel() // x.size(1)))
        mean = _total_of(x.sum(axes)) / n
        centred = x - mean.view(1, -1, 1, 1)
        variance = _total_of(centred.square().sum(axes)) / n
        with torch.no_grad():
            self.num_batches_tracked.add_(1)  # type: ignore[union-attr]
            self.running_mean.lerp_(mean, self.momentum)  # type: ignore[union-attr,arg-type]
            self.running_var.lerp_(variance * n / (n - 1), self.momentum)  # type: ignore[union-attr,arg-type]
        scale = self.weight * torch.rsqrt(variance + self.eps)
        return centred * scale.view(1, -1, 1, 1) + self.bias.view(1, -1, 1, 1)


def _share_batch_norm(module: nn.Module) -> None:
    for name, child in module.named_children():
        if type(child) is nn.BatchNorm2d:
            shared = SharedBatchNorm(child.num_features, child.eps, child.momentum)
            shared.load_state_dict(child.state_dict())
            setattr(module, name, shared)
        _share_batch_norm(child)


def _chosen(device: str | None) -> torch.device:
    if device is None:
        device = "cuda" if torch.cuda.is_available() else "mps" if torch.backends.mps.is_available() else "cpu"
    try:
        target = torch.device(device)
        torch.empty(1, device=target)
    except (RuntimeError, AssertionError):
        raise TrainerError(f"There is no device '{device}' here; leave --device out to have one chosen.") from None
    return target


def _chosen_precision(target: torch.device, precision: Precision) -> Precision:
    if precision == "float16" and target.type != "cuda":
        raise TrainerError("'precision' float16 needs a CUDA device; set it to bfloat16, float32 or auto.")
    if precision != "auto":
        return precision
    if target.type != "cuda":
        return "float32"
    return "bfloat16" if torch.cuda.is_bf16_supported(including_emulation=False) else "float16"
