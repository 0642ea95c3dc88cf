"""Hyperparameters of the VGG of musicnn, and the names of its tags.

Source: J. Pons, X. Serra, "musicnn: Pre-trained convolutional neural networks for music audio
    tagging", 2019; PyPI's package musicnn 0.1.0, `configuration.py` and `models.py` (ISC).
"""

from dataclasses import dataclass

SAMPLE_RATE = 16000
N_FFT = 512
HOP_LENGTH = 256
N_MELS = 96
# Frames of a patch of 3 s.
FRAMES = 187
# The network's input is log10(SCALE * power + 1).
SCALE = 10000.0

CHANNELS = 128
# The last pooling layer returns 2 frames and 1 band of CHANNELS channels.
EMBEDDING = 256
# Pool size and strides of a max pooling layer, each in frames and bands.
Pool = tuple[tuple[int, int], tuple[int, int]]


@dataclass(frozen=True)
class MusicnnConfig:
    """Hyperparameters of one set of weights.

    Attributes:
        dataset: Name of the dataset in the `config.json` beside the weights.
        pools: Max pooling layers after the convolutions. They are those of the graph in which
            the weights were trained, which is beside the weights (`.meta`). For MSD the package
            itself uses the pooling of MTT, which differs from that in training.
        tags: Names of the scores.
    """

    dataset: str
    pools: tuple[Pool, ...]
    tags: tuple[str, ...]


_MTT = (
    "guitar", "classical", "slow", "techno", "strings", "drums", "electronic", "rock", "fast",
    "piano", "ambient", "beat", "violin", "vocal", "synth", "female", "indian", "opera",
    "male", "singing", "vocals", "no vocals", "harpsichord", "loud", "quiet", "flute", "woman",
    "male vocal", "no vocal", "pop", "soft", "sitar", "solo", "man", "classic", "choir",
    "voice", "new age", "dance", "male voice", "female vocal", "beats", "harp", "cello",
    "no voice", "weird", "country", "metal", "female voice", "choral",
)  # fmt: skip
_MSD = (
    "rock", "pop", "alternative", "indie", "electronic", "female vocalists", "dance", "00s",
    "alternative rock", "jazz", "beautiful", "metal", "chillout", "male vocalists",
    "classic rock", "soul", "indie rock", "Mellow", "electronica", "80s", "folk", "90s",
    "chill", "instrumental", "punk", "oldies", "blues", "hard rock", "ambient", "acoustic",
    "experimental", "female vocalist", "guitar", "Hip-Hop", "70s", "party", "country",
    "easy listening", "sexy", "catchy", "funk", "electro", "heavy metal", "Progressive rock",
    "60s", "rnb", "indie pop", "sad", "House", "happy",
)  # fmt: skip

_LAST = (((2, 2), (2, 2)), ((2, 2), (2, 2)), ((4, 4), (4, 4)))

ROWS = {
    "mtt": MusicnnConfig("mtt", (((4, 1), (2, 2)), ((2, 2), (2, 2)), *_LAST), _MTT),
    "msd": MusicnnConfig("msd", (((4, 1), (4, 1)), ((1, 4), (1, 4)), *_LAST), _MSD),
}
