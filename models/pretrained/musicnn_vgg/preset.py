"""Facts of the VGG of musicnn and its published files."""

from kapre_like.models.pretrained.musicnn_vgg.config import (
    CHANNELS,
    EMBEDDING,
    FRAMES,
    HOP_LENGTH,
    N_MELS,
    ROWS,
    SAMPLE_RATE,
)
from kapre_like.models.pretrained.preset import KnownFile, Preset

# SHA-256 of the variables of each folder.
_DIGESTS = {
    "MTT_vgg": "458f5c8bcecc086a3bba3dce83809df6da6e0a3560a59ddd84711bf3d5fd8303",
    "MSD_vgg": "9683d756b8311146534f333502ebf4a2a78a3e320c54ab0411dff6186d8375fc",
}


def _preset(row: str, name: str, file: str, trained_on: str) -> Preset:
    return Preset(
        name=name,
        summary="5 convolutions of 3x3 on 96 mel bands (VGG)",
        module="kapre_like.models.pretrained.musicnn_vgg.backbone",
        row=row,
        prefix=name,
        sample_rate=SAMPLE_RATE,
        channels=EMBEDDING,
        state_channels=len(ROWS[row].pools) * (CHANNELS,),
        patch=(FRAMES, N_MELS),
        first_seconds=FRAMES * HOP_LENGTH / SAMPLE_RATE,
        hop_seconds=FRAMES * HOP_LENGTH / SAMPLE_RATE,
        n_classes=len(ROWS[row].tags),
        n_parameters=607_030,
        trained_on=trained_on,
        license="ISC",
        formats="TensorFlow checkpoint",
        files=(
            KnownFile(
                name=file,
                where="pip install --no-deps musicnn",
                sha256=_DIGESTS[file],
                package="musicnn",
                inside=file,
            ),
        ),
    )


MUSICNN_VGG = {
    "mtt": _preset("mtt", "musicnn_vgg", "MTT_vgg", "MagnaTagATune, 50 tags of music"),
    "msd": _preset(
        "msd", "musicnn_vgg_msd", "MSD_vgg", "Million Song Dataset, 50 tags of music"
    ),
}
