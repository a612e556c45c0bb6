"""The device of the command line: there, or refused in a line before any work."""

import torch

from dynnet.errors import DynnetError, first_line
from dynnet.launching import Launcher, OneProcess

DEVICES = ("auto", "cpu", "cuda", "mps")


def check_device(device: str, count: int = 1) -> None:
    """Makes sure that this machine has `count` devices of a kind; a CPU runs any number of processes.

    Raises:
        DynnetError: there is no such kind, none of it here, or fewer of it.
    """
    if device not in DEVICES:
        raise DynnetError(f"expected a device, one of {', '.join(DEVICES)}; got {device!r}; here are {_here()}")
    present = {"cuda": _cuda(), "mps": int(torch.backends.mps.is_available())}.get(device)
    if present == 0:
        raise DynnetError(f"expected device {device}, got none that this PyTorch can use; here are {_here()}")
    if count < 1 or (present and count > present):
        most = f"1 to {present}" if present else "1 or more"
        raise DynnetError(f"expected {most} devices of the kind {device}, got {count}; give another number")


def new_launcher(device: str, devices: int, precision: str) -> Launcher:
    """What runs a training: `devices` of a kind, in a precision of Lightning Fabric's ("32-true", ...).

    Raises:
        DynnetError: what `check_device` raises, or the device has no such precision.
    """
    check_device(device, devices)
    kind = _best() if device == "auto" else device
    if devices == 1 and precision == "32-true":
        return OneProcess(kind)  # the same bits without Fabric, whose import takes longer than a short training
    if precision == "16-mixed" and kind == "cpu":
        raise DynnetError("expected a precision that a CPU has, got 16-mixed; choose bf16-mixed or 32-true")
    from lightning_fabric import Fabric

    try:
        fabric = Fabric(accelerator=kind, devices=devices, precision=precision)
    except (ValueError, RuntimeError, NotImplementedError) as error:
        raise DynnetError(
            f"expected {devices} x {device} at precision {precision}, got: {first_line(error)}; "
            "choose another --device, --devices or --precision"
        ) from error
    fabric.launch()
    return fabric


def _best() -> str:
    """The kind of device that "auto" stands for."""
    return "cuda" if _cuda() else "mps" if torch.backends.mps.is_available() else "cpu"


def _cuda() -> int:
    return torch.cuda.device_count() if torch.cuda.is_available() else 0


def _here() -> str:
    there = {"cuda": _cuda(), "mps": torch.backends.mps.is_available()}
    return ", ".join(["cpu", *(name for name, present in there.items() if present)])
