"""Facts of the pretrained audio neural networks (PANNs) and their published files."""

from kapre_like.models.pretrained.panns.config import N_CLASSES, ROWS
from kapre_like.models.pretrained.preset import KnownFile, Preset

# SHA-256 of published files.
_DIGESTS = {
    "cnn14": "0dc499e40e9761ef5ea061ffc77697697f277f6a960894903df3ada000e34b31",
    "cnn14_16k": "e2ee543a27919542c2ea03eabaa70b24dcd4e6c8e05621de6b67a94e4c5058e6",
}


def _preset(row: str, summary: str, n_parameters: int, file: str) -> Preset:
    config = ROWS[row]
    channels = config.channels[-1]
    return Preset(
        name=f"panns_{row}",
        summary=summary,
        module="kapre_like.models.pretrained.panns.backbone",
        row=row,
        prefix=f"panns_{row}",
        sample_rate=config.sample_rate,
        channels=channels,
        state_channels=config.channels,
        clip_channels=channels,
        first_seconds=config.min_samples / config.sample_rate,
        hop_seconds=config.min_frames * config.hop_length / config.sample_rate,
        n_classes=N_CLASSES,
        n_parameters=n_parameters,
        trained_on="AudioSet, 527 classes of YouTube clips",
        license="CC-BY-4.0",
        formats="PyTorch state dict (.pth)",
        files=(
            KnownFile(name=file, where="zenodo.org/records/3987831", sha256=_DIGESTS.get(row)),
        ),
    )


_ROWS = (
    ("cnn6", "4 convolutions of 5x5 on 64 mel bands", 4_839_503, "Cnn6_mAP=0.343.pth"),
    ("cnn10", "8 convolutions of 3x3 on 64 mel bands", 5_223_247, "Cnn10_mAP=0.380.pth"),
    ("cnn14", "12 convolutions of 3x3 on 64 mel bands", 80_769_871, "Cnn14_mAP=0.431.pth"),
    (
        "cnn14_16k",
        "12 convolutions of 3x3 on 64 mel bands, at 16 kHz",
        80_769_871,
        "Cnn14_16k_mAP=0.438.pth",
    ),
)
PANNS = {row[0]: _preset(*row) for row in _ROWS}
