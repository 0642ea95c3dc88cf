"""Wav2Vec2 in Keras 3: networks, and Hugging Face's checkpoints read and written."""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kapre_like.models.wav2vec2.am_softmax_loss import AMSoftmaxLoss as AMSoftmaxLoss
    from kapre_like.models.wav2vec2.clip_embeddings import ClipEmbeddings as ClipEmbeddings
    from kapre_like.models.wav2vec2.config import Wav2Vec2Config as Wav2Vec2Config
    from kapre_like.models.wav2vec2.ctc_loss import CTCLoss as CTCLoss
    from kapre_like.models.wav2vec2.ctc_loss import ctc_loss_of as ctc_loss_of
    from kapre_like.models.wav2vec2.ctc_text import CtcText as CtcText
    from kapre_like.models.wav2vec2.ctc_text import CtcWord as CtcWord
    from kapre_like.models.wav2vec2.ctc_text import decode as decode
    from kapre_like.models.wav2vec2.ctc_tokenizer import CtcTokenizer as CtcTokenizer
    from kapre_like.models.wav2vec2.dense_parts import enable_lora as enable_lora
    from kapre_like.models.wav2vec2.embeddings import embedding_table as embedding_table
    from kapre_like.models.wav2vec2.frame_loss import FrameLoss as FrameLoss
    from kapre_like.models.wav2vec2.frame_times import frame_count as frame_count
    from kapre_like.models.wav2vec2.frame_times import frame_labels as frame_labels
    from kapre_like.models.wav2vec2.frame_times import frame_seconds as frame_seconds
    from kapre_like.models.wav2vec2.frame_times import pad_frame_labels as pad_frame_labels
    from kapre_like.models.wav2vec2.network import wav2vec2 as wav2vec2
    from kapre_like.models.wav2vec2.presets import PRESETS as PRESETS
    from kapre_like.models.wav2vec2.presets import preset as preset
    from kapre_like.models.wav2vec2.pretraining import (
        wav2vec2_for_pretraining as wav2vec2_for_pretraining,
    )
    from kapre_like.models.wav2vec2.proxy_losses import ProxyAnchorLoss as ProxyAnchorLoss
    from kapre_like.models.wav2vec2.proxy_losses import ProxyNCALoss as ProxyNCALoss
    from kapre_like.models.wav2vec2.reading import from_huggingface as from_huggingface
    from kapre_like.models.wav2vec2.triplet_loss import TripletLoss as TripletLoss
    from kapre_like.models.wav2vec2.writing import to_huggingface as to_huggingface

_SOURCES = {
    "AMSoftmaxLoss": "am_softmax_loss",
    "CTCLoss": "ctc_loss",
    "ClipEmbeddings": "clip_embeddings",
    "CtcText": "ctc_text",
    "CtcTokenizer": "ctc_tokenizer",
    "CtcWord": "ctc_text",
    "FrameLoss": "frame_loss",
    "PRESETS": "presets",
    "ProxyAnchorLoss": "proxy_losses",
    "ProxyNCALoss": "proxy_losses",
    "TripletLoss": "triplet_loss",
    "Wav2Vec2Config": "config",
    "ctc_loss_of": "ctc_loss",
    "decode": "ctc_text",
    "embedding_table": "embeddings",
    "enable_lora": "dense_parts",
    "frame_count": "frame_times",
    "frame_labels": "frame_times",
    "frame_seconds": "frame_times",
    "from_huggingface": "reading",
    "pad_frame_labels": "frame_times",
    "preset": "presets",
    "to_huggingface": "writing",
    "wav2vec2": "network",
    "wav2vec2_for_pretraining": "pretraining",
}
__all__ = sorted(_SOURCES)


def __getattr__(name: str) -> Any:
    if name in _SOURCES:
        value = getattr(importlib.import_module(f"{__name__}.{_SOURCES[name]}"), name)
        globals()[name] = value
        return value
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
