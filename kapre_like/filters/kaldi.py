"""Windows as Kaldi has them: symmetric, one of them its own."""

import numpy as np

WINDOWS = ("blackman", "hamming", "hanning", "povey", "rectangular")


def kaldi_window(name: str, win_length: int) -> np.ndarray:
    """Returns `(win_length,)`, symmetric, unlike the periodic windows of `frames.window`.

    Args:
        name: One of `WINDOWS`. `"povey"` is the Hann window to the power of 0.85, which goes
            to zero at the ends and is nearly a Hamming window in the middle.
        win_length: Int > 1, samples.

    Source: Kaldi, feat/feature-window.cc.
    """
    shapes = {
        "blackman": np.blackman,
        "hamming": np.hamming,
        "hanning": np.hanning,
        "povey": lambda n: np.hanning(n) ** 0.85,
        "rectangular": np.ones,
    }
    return np.maximum(shapes[name](win_length), 0.0)
