"""Facts of the Audio Spectrogram Transformer and its published checkpoint."""

from kapre_like.models.pretrained.ast.config import (
    MODEL_TYPE,
    SAMPLE_RATE,
    AstConfig,
    with_sizes,
)
from kapre_like.models.pretrained.preset import Preset

AST = with_sizes(
    Preset(
        name="ast",
        summary="12 transformer blocks on patches of 16x16 of 128 mel bands (ViT-B)",
        module="kapre_like.models.pretrained.ast.backbone",
        sizes="kapre_like.models.pretrained.ast.config",
        prefix="ast",
        sample_rate=SAMPLE_RATE,
        channels=768,
        patch=(1024, 128),
        first_seconds=10.24,
        hop_seconds=10.24,
        n_parameters=1,
        trained_on="ImageNet, then AudioSet, 527 classes of YouTube clips",
        license="BSD-3-Clause",
        formats="Hugging Face checkpoint (safetensors, pytorch_model.bin)",
        hub="MIT/ast-finetuned-audioset-10-10-0.4593",
        model_type=MODEL_TYPE,
    ),
    AstConfig(),
    86_594_063,
)
