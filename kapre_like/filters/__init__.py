"""Constants of the front end in NumPy float64, one module per subject.

The Keras layers and the NumPy feature path compute these constants once and cast them to the
dtype of their tensors.
"""

from kapre_like.filters.filterbank import NORMS, Filterbank
from kapre_like.filters.fourier import dft_kernels
from kapre_like.filters.frame_grid import FrameGrid, frame_count
from kapre_like.filters.mel import hz_to_mel, mel_frequencies, mel_matrix, mel_to_hz
from kapre_like.filters.scales import MEL_SCALES
from kapre_like.filters.windows import check_overlap, check_window, window

__all__ = [
    "MEL_SCALES",
    "NORMS",
    "Filterbank",
    "FrameGrid",
    "check_overlap",
    "check_window",
    "dft_kernels",
    "frame_count",
    "hz_to_mel",
    "mel_frequencies",
    "mel_matrix",
    "mel_to_hz",
    "window",
]
