"""Wav2Vec2 in Keras 3: networks, and reading and writing of Hugging Face checkpoints."""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kapre_like.models.blocks.cosine_losses import AMSoftmaxLoss as AMSoftmaxLoss
    from kapre_like.models.blocks.cosine_losses import ProxyAnchorLoss as ProxyAnchorLoss
    from kapre_like.models.blocks.cosine_losses import ProxyNCALoss as ProxyNCALoss
    from kapre_like.models.blocks.frame_losses import CTCLoss as CTCLoss
    from kapre_like.models.blocks.frame_losses import FrameLoss as FrameLoss
    from kapre_like.models.blocks.triplet_loss import TripletLoss as TripletLoss
    from kapre_like.models.wav2vec2.backbone.dense_parts import enable_lora as enable_lora
    from kapre_like.models.wav2vec2.backbone.frame_times import frame_count as frame_count
    from kapre_like.models.wav2vec2.backbone.frame_times import frame_labels as frame_labels
    from kapre_like.models.wav2vec2.backbone.frame_times import frame_seconds as frame_seconds
    from kapre_like.models.wav2vec2.backbone.frame_times import (
        pad_frame_labels as pad_frame_labels,
    )
    from kapre_like.models.wav2vec2.checkpoint.reading import (
        from_huggingface as from_huggingface,
    )
    from kapre_like.models.wav2vec2.checkpoint.writing import to_huggingface as to_huggingface
    from kapre_like.models.wav2vec2.config.network import Wav2Vec2Config as Wav2Vec2Config
    from kapre_like.models.wav2vec2.config.options import Wav2Vec2Options as Wav2Vec2Options
    from kapre_like.models.wav2vec2.config.presets import PRESETS as PRESETS
    from kapre_like.models.wav2vec2.config.presets import preset as preset
    from kapre_like.models.wav2vec2.heads.ctc import check_ctc_labels as check_ctc_labels
    from kapre_like.models.wav2vec2.heads.ctc import ctc_loss_of as ctc_loss_of
    from kapre_like.models.wav2vec2.heads.network import wav2vec2 as wav2vec2
    from kapre_like.models.wav2vec2.pretraining.network import (
        wav2vec2_for_pretraining as wav2vec2_for_pretraining,
    )
    from kapre_like.models.wav2vec2.text.decoding import CtcText as CtcText
    from kapre_like.models.wav2vec2.text.decoding import CtcWord as CtcWord
    from kapre_like.models.wav2vec2.text.decoding import decode as decode
    from kapre_like.models.wav2vec2.text.tokenizer import CtcTokenizer as CtcTokenizer

_SOURCES = {
    "AMSoftmaxLoss": "kapre_like.models.blocks.cosine_losses",
    "CTCLoss": "kapre_like.models.blocks.frame_losses",
    "CtcText": "kapre_like.models.wav2vec2.text.decoding",
    "CtcTokenizer": "kapre_like.models.wav2vec2.text.tokenizer",
    "CtcWord": "kapre_like.models.wav2vec2.text.decoding",
    "FrameLoss": "kapre_like.models.blocks.frame_losses",
    "PRESETS": "kapre_like.models.wav2vec2.config.presets",
    "ProxyAnchorLoss": "kapre_like.models.blocks.cosine_losses",
    "ProxyNCALoss": "kapre_like.models.blocks.cosine_losses",
    "TripletLoss": "kapre_like.models.blocks.triplet_loss",
    "Wav2Vec2Config": "kapre_like.models.wav2vec2.config.network",
    "Wav2Vec2Options": "kapre_like.models.wav2vec2.config.options",
    "check_ctc_labels": "kapre_like.models.wav2vec2.heads.ctc",
    "ctc_loss_of": "kapre_like.models.wav2vec2.heads.ctc",
    "decode": "kapre_like.models.wav2vec2.text.decoding",
    "enable_lora": "kapre_like.models.wav2vec2.backbone.dense_parts",
    "frame_count": "kapre_like.models.wav2vec2.backbone.frame_times",
    "frame_labels": "kapre_like.models.wav2vec2.backbone.frame_times",
    "frame_seconds": "kapre_like.models.wav2vec2.backbone.frame_times",
    "from_huggingface": "kapre_like.models.wav2vec2.checkpoint.reading",
    "pad_frame_labels": "kapre_like.models.wav2vec2.backbone.frame_times",
    "preset": "kapre_like.models.wav2vec2.config.presets",
    "to_huggingface": "kapre_like.models.wav2vec2.checkpoint.writing",
    "wav2vec2": "kapre_like.models.wav2vec2.heads.network",
    "wav2vec2_for_pretraining": "kapre_like.models.wav2vec2.pretraining.network",
}
__all__ = sorted(_SOURCES)


def __getattr__(name: str) -> Any:
    if name in _SOURCES:
        value = getattr(importlib.import_module(_SOURCES[name]), name)
        globals()[name] = value
        return value
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
