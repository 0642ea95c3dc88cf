"""How long and how fast a network is trained."""

from dataclasses import dataclass

from kapre_like.models.artifact.settings import setting


@dataclass(frozen=True, kw_only=True)
class Cycle:
    """Settings of one training cycle, which a family's `Settings` inherits.

    Attributes:
        peak_rate: Float > 0, AdamW's learning rate at the top of the cycle.
        weight_decay: Float >= 0, decoupled.
        warmup_share: Float in (0, 1), share of all steps on the way up.
        patience: Int > 0, epochs without a better validation loss before stopping.
    """

    peak_rate: float = setting(3e-3, above=0, help="highest learning rate of the cycle")
    weight_decay: float = setting(0.01, least=0, help="AdamW's decoupled weight decay")
    warmup_share: float = setting(
        0.25, above=0, below=1, help="share of the steps in which the learning rate rises"
    )
    patience: int = setting(
        8, least=1, help="epochs without a better validation loss before training stops"
    )


@dataclass(frozen=True, kw_only=True)
class Schedule(Cycle):
    """A cycle of so many epochs.

    Attributes:
        epochs: Int > 0, at most.
    """

    epochs: int

    @classmethod
    def of(cls, settings: Cycle, epochs: int) -> "Schedule":
        """Returns the schedule of a family's settings."""
        names = Cycle.__dataclass_fields__
        return cls(epochs=epochs, **{name: getattr(settings, name) for name in names})
