"""Facts of VGGish and its published files."""

from kapre_like.models.pretrained.preset import KnownFile, Preset

VGGISH = Preset(
    name="vggish",
    summary="3x3 convolutions and dense layers on 64 mel bands (VGG)",
    module="kapre_like.models.pretrained.vggish.backbone",
    prefix="vggish",
    sample_rate=16000,
    channels=128,
    state_channels=(64, 128, 256, 512),
    patch=(96, 64),
    first_seconds=0.975,
    hop_seconds=0.96,
    n_parameters=72_141_184,
    trained_on="YouTube-8M, topics of videos",
    license="Apache-2.0",
    formats="a TensorFlow checkpoint (vggish_model.ckpt), a PyTorch state dict (.pth)",
    files=(
        KnownFile(
            name="vggish_model.ckpt",
            where="storage.googleapis.com/audioset/vggish_model.ckpt",
        ),
        KnownFile(
            name="vggish-10086976.pth",
            where="github.com/harritaylor/torchvggish, release v0.1",
        ),
    ),
)
