"""Facts of YAMNet and its published files."""

from kapre_like.models.pretrained.preset import KnownFile, Preset

YAMNET = Preset(
    name="yamnet",
    summary="depthwise separable 3x3 convolutions on 64 mel bands (MobileNet v1)",
    module="kapre_like.models.pretrained.yamnet.backbone",
    prefix="yamnet",
    sample_rate=16000,
    channels=1024,
    state_channels=(32, 64, 128, 128, 256, 256, *6 * (512,), 1024, 1024),
    patch=(96, 64),
    first_seconds=0.975,
    hop_seconds=0.48,
    n_classes=521,
    n_parameters=3_729_481,
    trained_on="AudioSet, 521 classes of YouTube clips",
    license="Apache-2.0",
    formats="yamnet.h5, the SavedModel of TensorFlow Hub, yamnet.tflite",
    files=(
        KnownFile(name="yamnet.h5", where="storage.googleapis.com/audioset/yamnet.h5"),
        KnownFile(
            name="yamnet.tflite",
            where="TensorFlow Hub, google/yamnet, LiteRT",
            sha256="469be6a3421cbc52cf97e9f2f966cba984198e8e7af9854d68b3e3ebb1e04194",
        ),
    ),
)
