"""Layers over waveforms, and cepstra."""

from kapre_like.kapre import backend as backend
from kapre_like.kapre._energy import Energy as Energy
from kapre_like.kapre._frame import Frame as Frame
from kapre_like.kapre._logmel_to_mfcc import LogmelToMFCC as LogmelToMFCC
from kapre_like.kapre._mu_law_decoding import MuLawDecoding as MuLawDecoding
from kapre_like.kapre._mu_law_encoding import MuLawEncoding as MuLawEncoding
from kapre_like.kapre.backend import _CH_DEFAULT_STR as _CH_DEFAULT_STR
from kapre_like.kapre.backend import _CH_FIRST_STR as _CH_FIRST_STR
from kapre_like.kapre.backend import _CH_LAST_STR as _CH_LAST_STR

__all__ = [
    "Energy",
    "Frame",
    "LogmelToMFCC",
    "MuLawDecoding",
    "MuLawEncoding",
]  # fmt: skip
