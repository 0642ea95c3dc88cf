"""A kind of frozen networks from outside: entered by its package, found, listened to."""

import json
import sys
import textwrap

import numpy as np
import pytest
import soundfile
from tolerances import FLOAT32

from kapre_like.models.embeddings import ClipEmbeddings, embedding_table, open_network
from kapre_like.models.embeddings.networks import Source
from kapre_like.models.wav2vec2.family.frozen import Wav2Vec2Networks

RATE = 8000
# Two states: blocks of 100 samples, and twice these; one depth by name: their absolute values.
CODE = """
import numpy as np
from kapre_like.models.embeddings.frozen import FrozenNetwork, identity_of_files

class Blocks:
    name = "blocks"

    def recognizes(self, source):
        return source.given == "blocks" or source.model_type == "blocks"

    def open(self, owner, source, *, seed):
        return FrozenBlocks(source)

class FrozenBlocks(FrozenNetwork):
    prefix, numbered, named, sample_rate = "blk", 2, ("size",), 8000

    def __init__(self, source):
        self.source = source

    @property
    def identity(self):
        return identity_of_files([], "blocks", str(self.source.given))

    def channels(self, depth):
        return 50 if depth == "size" else 100

    def states(self, depths):
        import keras
        waveform = keras.Input((None,), name="waveform")
        length = keras.Input((), dtype="int32", name="length")
        first = keras.layers.Reshape((-1, 100))(waveform)
        each = {"l00": first, "l01": first * 2.0, "size": abs(first[:, :, :50])}
        pairs = [[each[depth], length // 100] for depth in depths]
        return keras.Model([waveform, length], pairs)
"""


@pytest.fixture(scope="module", autouse=True)
def package(tmp_path_factory):
    """A package as pip would install it: a module, and a line of entry points."""
    folder = tmp_path_factory.mktemp("site")
    (folder / "blocks_network.py").write_text(textwrap.dedent(CODE))
    metadata = folder / "blocks_network-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: blocks-network\nVersion: 1.0\n"
    )
    (metadata / "entry_points.txt").write_text(
        "[kapre_like.networks]\nblocks = blocks_network:Blocks\n"
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(folder))
        yield
    sys.modules.pop("blocks_network", None)


@pytest.fixture(scope="module")
def clips():
    rng = np.random.default_rng(0)
    return [rng.uniform(-1, 1, n).astype("float32") for n in (300, 500)]


def expected(clip):
    x = clip.reshape(-1, 100)
    return np.concatenate([x.mean(0), x.std(0, ddof=1)])


def test_a_network_of_another_package_is_listened_to_by_its_name(clips, tmp_path):
    for i, clip in enumerate(clips):
        soundfile.write(tmp_path / f"{i}.wav", clip, RATE, subtype="FLOAT")
    files = sorted(tmp_path.glob("*.wav"))
    rows, names = embedding_table(files, "blocks", layer="all", cache=tmp_path / "kept")
    want = [np.concatenate([expected(clip), expected(2 * clip)]) for clip in clips]
    np.testing.assert_allclose(rows, want, atol=FLOAT32)
    assert names[0] == "blk_l00_mean_000"
    assert names[-1] == "blk_l01_std_099"
    again, _ = embedding_table(files, "blocks", layer="all", cache=tmp_path / "kept")
    np.testing.assert_array_equal(again, rows)


def test_depths_of_different_widths_stand_side_by_side(clips):
    embeddings = ClipEmbeddings("blocks", layer=["size", -1], cache=False)
    rows = embeddings.fit_transform(clips)
    assert rows.shape == (2, 2 * (50 + 100))
    np.testing.assert_allclose(rows[0, 100:], expected(2 * clips[0]), atol=FLOAT32)
    assert embeddings.get_feature_names_out()[0] == "blk_size_mean_000"


@pytest.mark.parametrize("layer", ["last", "features", 2])
def test_a_depth_of_another_kind_is_refused(layer, clips):
    with pytest.raises(ValueError, match="an int from -2 to 1, 'hidden_N', 'size', 'all'"):
        ClipEmbeddings("blocks", layer=layer, cache=False).fit(clips)


def checkpoint(folder, **values):
    (folder / "config.json").write_text(json.dumps(values))
    return folder


def test_a_checkpoint_is_opened_by_whom_its_model_type_concerns(tmp_path):
    network = open_network("x", checkpoint(tmp_path, model_type="blocks"))
    assert network.sample_rate == RATE
    assert network.prefix == "blk"


@pytest.mark.parametrize("kind", ["whisper", "encodec"])
def test_a_checkpoint_that_nobody_reads_is_named_in_one_line(kind, tmp_path):
    with pytest.raises(ValueError, match=r"^x: .*no installed kind supports") as caught:
        open_network("x", checkpoint(tmp_path, model_type=kind))
    line = str(caught.value)
    assert "\n" not in line
    assert repr(kind) in line
    assert str(tmp_path) in line
    assert line.endswith("Installed kinds of networks: blocks, pretrained, wav2vec2.")


def test_a_checkpoint_without_a_model_type_is_none(tmp_path):
    with pytest.raises(ValueError, match="no model_type in its card or config"):
        open_network("x", checkpoint(tmp_path, hidden_size=8))


@pytest.mark.parametrize(
    ("source", "known"),
    [
        (Source("wav2vec2-tiny"), True),
        (Source("owner/name", config={"model_type": "hubert"}), True),
        (Source("m.keras", card={"checkpoint": {"config": {"model_type": "wav2vec2"}}}), True),
        (Source("m.keras", card={"checkpoint": None}), False),
        (Source("facebook/wav2vec2-base"), False),
        (Source("f", config={"model_type": "whisper"}), False),
    ],
)
def test_wav2vec2_recognizes_its_own_alone(source, known):
    assert Wav2Vec2Networks().recognizes(source) is known


def test_only_the_configuration_of_a_hub_name_is_downloaded(monkeypatch):
    asked = []

    def read(name, *, owner):
        asked.append((name, owner))
        return {"model_type": "blocks"}

    monkeypatch.setattr("kapre_like.models.embeddings.networks.read_hub_config", read)
    assert open_network("x", "owner/blocks").prefix == "blk"
    assert asked == [("owner/blocks", "x")]
    open_network("x", "blocks")
    assert len(asked) == 1
