"""Kapre's `signal`: layers for waveforms, and `LogmelToMFCC`."""

from kapre_like.kapre import backend as backend
from kapre_like.kapre.backend import _CH_DEFAULT_STR as _CH_DEFAULT_STR
from kapre_like.kapre.backend import _CH_FIRST_STR as _CH_FIRST_STR
from kapre_like.kapre.backend import _CH_LAST_STR as _CH_LAST_STR
from kapre_like.kapre.signal.cepstrum import LogmelToMFCC as LogmelToMFCC
from kapre_like.kapre.signal.frames import Energy as Energy
from kapre_like.kapre.signal.frames import Frame as Frame
from kapre_like.kapre.signal.mu_law import MuLawDecoding as MuLawDecoding
from kapre_like.kapre.signal.mu_law import MuLawEncoding as MuLawEncoding

__all__ = [
    "Energy",
    "Frame",
    "LogmelToMFCC",
    "MuLawDecoding",
    "MuLawEncoding",
]  # fmt: skip
