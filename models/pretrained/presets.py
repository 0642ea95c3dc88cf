"""The pretrained networks of this library, by name."""

from kapre_like import _check
from kapre_like.models.pretrained.preset import Preset
from kapre_like.models.pretrained.speech_embedding.preset import SPEECH_EMBEDDING
from kapre_like.models.pretrained.vggish.preset import VGGISH
from kapre_like.models.pretrained.yamnet.preset import YAMNET

_ALL = (SPEECH_EMBEDDING, VGGISH, YAMNET)
PRESETS: dict[str, Preset] = {preset.name: preset for preset in _ALL}


def preset_of(owner: str, name: str) -> Preset:
    """Returns a preset by its name.

    Raises:
        ValueError: If there is none of this name.
    """
    _check.one_of(owner, list(PRESETS), backbone=name)
    return PRESETS[name]
