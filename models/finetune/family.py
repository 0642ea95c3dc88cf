"""The family `finetune`: any pretrained network with a new head, trained in two stages."""

import contextlib
from collections.abc import Callable, Iterator
from typing import Any, ClassVar

from kapre_like.models.artifact.families import Job
from kapre_like.models.finetune.settings import (
    UNTRAINED,
    UNTRAINED_NETWORK,
    FineTuneSettings,
)
from kapre_like.models.training.finetuning.family import FineTunedFamily, Start
from kapre_like.models.training.finetuning.settings import FineTuning, plan

_OWNER = "FineTunedModel"


class FineTunedModel(FineTunedFamily):
    """A pretrained network of any kind with a new head, trained end to end.

    Args:
        model: A `keras.Model` as `network.with_new_head` makes it, behind the length rule.
        recipe: See `FineTunedFamily`; `settings` also has `weights_digest`, `None` for random
            weights.
        history: See `FineTunedFamily`.
    """

    name: ClassVar[str] = "finetune"
    summary: ClassVar[str] = "a pretrained network with a new head, trained end to end"
    hint: ClassVar[str] = "--set backbone=NAME"
    Settings: ClassVar[type] = FineTuneSettings

    @classmethod
    def check(cls, settings: FineTuneSettings, job: Job) -> None:
        """Refuses a network that is not there, and settings that do not go together."""
        plan(settings, job.epochs, pretrained=settings.backbone is not None)
        if job.train is None and settings.backbone is not None:
            _open(settings)

    @classmethod
    def is_pretrained(cls, settings: FineTuneSettings) -> bool:
        """Returns whether the backbone has pretrained weights."""
        return settings.backbone is not None and not _open(settings).is_random

    @classmethod
    def facts_of(
        cls,
        settings: FineTuneSettings,
        recipe: dict[str, Any],
        log: Callable[[str], None],
    ) -> dict[str, Any]:
        """Returns the digest of the weights, and what a user must know of the network."""
        from kapre_like.models.embeddings.cache import digest
        from kapre_like.models.embeddings.resampled import notes_of

        network = _open(settings, recipe["seed"])
        notes = notes_of(network, settings.backbone or UNTRAINED_NETWORK, recipe["sample_rate"])
        if settings.backbone is None:
            notes = [UNTRAINED, *notes]
        for note in notes:
            log(note)
        known = None if network.is_random else digest(network.identity)
        return {"weights_digest": known, "notes": notes}

    @classmethod
    def start(
        cls,
        recipe: dict[str, Any],
        settings: FineTuneSettings,
        unit: dict[str, float] | None,
        tuning: FineTuning | None = None,
        log: Callable[[str], None] = lambda _: None,
    ) -> Start:
        """Returns the network with a new head; see `FineTunedFamily.start`."""
        del log
        import keras

        from kapre_like.models.embeddings.resampled import at_rate
        from kapre_like.models.finetune.network import with_new_head

        keras.utils.set_random_seed(recipe["seed"])
        network = at_rate(_open(settings, recipe["seed"]), recipe["sample_rate"])
        with _policy("float32" if tuning is None else tuning.precision):
            return Start(*with_new_head(network, recipe, settings, unit))


def _open(settings: FineTuneSettings, seed: int = 0) -> Any:
    """Returns the network, not built yet."""
    from kapre_like.models.embeddings.networks import open_network

    backbone = settings.backbone or UNTRAINED_NETWORK
    return open_network(_OWNER, backbone, weights=settings.weights, seed=seed)


@contextlib.contextmanager
def _policy(name: str) -> Iterator[None]:
    """Sets Keras's dtype policy for a while."""
    import keras

    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(name)
    try:
        yield
    finally:
        keras.config.set_dtype_policy(before)
