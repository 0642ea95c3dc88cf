"""PyTorch's autocast, kept out of arithmetic that says its own dtypes."""

import contextlib

import keras


def own_precision():
    """Returns a context in which PyTorch casts nothing by itself; empty on other backends."""
    if keras.config.backend() != "torch":
        return contextlib.nullcontext()
    import torch

    device = "cuda" if torch.is_autocast_enabled("cuda") else "cpu"
    if not torch.is_autocast_enabled(device):
        return contextlib.nullcontext()
    return torch.autocast(device, enabled=False)
