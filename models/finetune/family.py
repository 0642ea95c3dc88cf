"""The family `finetune`: any pretrained network with a new head, trained in two stages."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar

from kapre_like.models.artifact.families import Job
from kapre_like.models.finetune.settings import (
    AUTO,
    TRIED,
    UNTRAINED,
    UNTRAINED_NETWORK,
    USUAL,
    FineTuneSettings,
)
from kapre_like.models.training.augment_setting import check_augment
from kapre_like.models.training.finetuning.family import Built, FineTunedFamily, Start
from kapre_like.models.training.finetuning.settings import FineTuning, plan

if TYPE_CHECKING:
    import pandas as pd

    from kapre_like.models.finetune.head import Head

_OWNER = "finetune"


class FineTunedModel(FineTunedFamily):
    """A pretrained network of any kind with a new head, trained end to end.

    Args:
        model: A `keras.Model` as `network.with_new_head` builds it, with the length rule.
        recipe: See `FineTunedFamily`. `settings` also contains the chosen `pooling`, and
            `weights_digest`, which is `None` for random weights.
        history: See `FineTunedFamily`.
    """

    name: ClassVar[str] = "finetune"
    summary: ClassVar[str] = "a pretrained network with a new head, trained end to end"
    hint: ClassVar[str] = "--set backbone=NAME"
    usual: ClassVar[dict[str, Any]] = USUAL
    Settings: ClassVar[type] = FineTuneSettings

    @classmethod
    def check(cls, settings: FineTuneSettings, job: Job) -> None:
        """Rejects a network that does not exist, and settings that contradict each other."""
        plan(settings, job.epochs, pretrained=settings.backbone is not None, usual=USUAL)
        check_augment(settings.augment, job)
        if job.train is None and settings.backbone is not None:
            _open(settings)

    @classmethod
    def is_pretrained(cls, settings: FineTuneSettings) -> bool:
        """Returns whether the backbone has pretrained weights."""
        return settings.backbone is not None and not _open(settings).is_random

    @classmethod
    def start(
        cls,
        train: "pd.DataFrame",
        recipe: dict[str, Any],
        settings: FineTuneSettings,
        unit: dict[str, float] | None,
        log: Callable[[str], None],
    ) -> Start:
        """Returns the network with a fitted head; see `FineTunedFamily.start`."""
        from kapre_like.models.embeddings.cache import digest
        from kapre_like.models.embeddings.resampled import at_rate, notes_of
        from kapre_like.models.finetune.head import Head, fitted_head

        rate, name = recipe["sample_rate"], settings.backbone or UNTRAINED_NETWORK
        network = _open(settings, recipe["seed"])
        notes = notes_of(network, name, rate)
        if settings.backbone is None:
            notes = [UNTRAINED, *notes]
        for note in notes:
            log(note)
        if network.is_random:
            head = Head(TRIED[0] if settings.pooling == AUTO else settings.pooling)
        else:
            head = fitted_head(train, at_rate(network, rate), recipe, settings.pooling, log)
        known = None if network.is_random else digest(network.identity)
        facts = {"pooling": head.pooling, "weights_digest": known, "notes": notes}

        def built(recipe: dict[str, Any], tuning: FineTuning | None) -> Built:
            return _built(recipe, settings, head, unit, tuning)

        return Start(facts, built, fitted=not network.is_random)


def _built(
    recipe: dict[str, Any],
    settings: FineTuneSettings,
    head: "Head",
    unit: dict[str, float] | None,
    tuning: FineTuning | None,
) -> Built:
    """Builds the network with its head, see `Start.build`."""
    import keras

    from kapre_like.models.embeddings.resampled import at_rate
    from kapre_like.models.finetune.network import with_new_head
    from kapre_like.models.training.finetuning.stages import dtype_policy

    keras.utils.set_random_seed(recipe["seed"])
    with dtype_policy("float32" if tuning is None else tuning.precision):
        network = at_rate(_open(settings, recipe["seed"]), recipe["sample_rate"])
        return Built(*with_new_head(network, recipe, head, unit, dropout=settings.dropout))


def _open(settings: FineTuneSettings, seed: int = 0) -> Any:
    """Returns the network, without building it.

    Raises:
        ValueError: If it does not exist, or cannot be a part of a Keras model.
    """
    from kapre_like import _check
    from kapre_like.models.embeddings.networks import open_network

    name = settings.backbone or UNTRAINED_NETWORK
    network = open_network(
        _OWNER, name, weights=settings.weights, takes=settings.takes, seed=seed
    )
    if not network.is_keras:
        rule = "a network that Keras can train, not a file that another program runs"
        _check.fail(_OWNER, "backbone", rule, name, "Use it with `--model probe`.")
    return network
