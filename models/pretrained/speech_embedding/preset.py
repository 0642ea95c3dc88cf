"""Facts of the speech embedding and of the package that contains it."""

from kapre_like.models.pretrained.preset import KnownFile, Preset

SPEECH_EMBEDDING = Preset(
    name="speech_embedding",
    summary="factored 3x3 convolutions on 32 mel bands, without padding in time",
    module="kapre_like.models.pretrained.speech_embedding.backbone",
    prefix="speech",
    sample_rate=16000,
    channels=96,
    state_channels=(24, 48, 72, 96, 96),
    patch=(76, 32),
    first_seconds=0.782,
    hop_seconds=0.08,
    n_parameters=328_224,
    trained_on="speech of YouTube videos, by Google, to distinguish keywords",
    license=(
        "disputed: code Apache-2.0, openWakeWord declares its models CC BY-NC-SA 4.0; "
        "read from your installed package, never shipped"
    ),
    formats="embedding_model.tflite",
    files=(
        KnownFile(
            name="embedding_model.tflite",
            where="in the package pyopen-wakeword: pip install --no-deps pyopen-wakeword",
            sha256="c0aea21eb84a4ce90a08c870da41b7a7173b45269e6a3207c71d67c40f3a59d8",
            package="pyopen_wakeword",
            inside="models/embedding_model.tflite",
        ),
    ),
)
