"""Numbers of the VGG of musicnn, and the names of its tags.

Source: J. Pons, X. Serra, "musicnn: Pre-trained convolutional neural networks for music audio
    tagging", 2019; PyPI's package musicnn 0.1.0, `configuration.py` and `models.py` (ISC).
"""

from dataclasses import dataclass

SAMPLE_RATE = 16000
N_FFT = 512
HOP_LENGTH = 256
N_MELS = 96
# Three seconds.
FRAMES = 187
# log10(SCALE * power + 1).
SCALE = 10000.0

CHANNELS = 128
# 2 frames and 1 band of CHANNELS after the last pool.
EMBEDDING = 256
# Frames and bands of a max pool, and frames and bands between two of them.
Pool = tuple[tuple[int, int], tuple[int, int]]


@dataclass(frozen=True)
class MusicnnConfig:
    """Numbers of one set of weights.

    Attributes:
        dataset: Name of the data set in the `config.json` beside the weights.
        pools: Max pools after the convolutions. They are those of the graph beside the weights
            (`.meta`), which the weights were trained in. For MSD the package itself computes
            with the pools of MTT, and so with others than in training.
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
