"""Constants of the front end, one module a subject.

NumPy in float64, computed once by whoever holds them and cast on the way into a graph. The
Keras layers and the NumPy feature path both take their numbers from here.
"""

from kapre_like.filters.frame_grid import FrameGrid
from kapre_like.filters.frames import (
    check_overlap,
    check_window,
    dft_kernels,
    frame_count,
    window,
)
from kapre_like.filters.mel import (
    MEL_SCALES,
    NORMS,
    check_bands,
    hz_to_mel,
    mel_frequencies,
    mel_matrix,
    mel_to_hz,
    warn_of_empty_bands,
)

__all__ = [
    "MEL_SCALES",
    "NORMS",
    "FrameGrid",
    "check_bands",
    "check_overlap",
    "check_window",
    "dft_kernels",
    "frame_count",
    "hz_to_mel",
    "mel_frequencies",
    "mel_matrix",
    "mel_to_hz",
    "warn_of_empty_bands",
    "window",
]
