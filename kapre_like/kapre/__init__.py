"""Kapre 0.4.1 on this library: the same names, arguments, numbers, shapes and saved files.

Programs that say `import kapre` run after the change to `from kapre_like import kapre`. Layers
register under Kapre's names, so its `.keras` and `.h5` files load without Kapre. What differs,
and how to get to layers that learn, stands in `docs/kapre.md`.
"""

import importlib.util

from kapre_like.kapre import backend as backend

__version__ = "0.4.1"
VERSION = __version__

if importlib.util.find_spec("kapre_like.kapre.augmentation"):
    from kapre_like.kapre import augmentation as augmentation
    from kapre_like.kapre.augmentation import ChannelSwap as ChannelSwap
    from kapre_like.kapre.augmentation import SpecAugment as SpecAugment
if importlib.util.find_spec("kapre_like.kapre._migrate"):
    from kapre_like.kapre._migrate import migrate as migrate
