"""Settings of the learning-rate cycle and of early stopping."""

from dataclasses import dataclass

from kapre_like.models.artifact.settings import setting


@dataclass(frozen=True, kw_only=True)
class Cycle:
    """Settings of one training cycle, which a family's `Settings` inherits.

    Attributes:
        peak_rate: Float > 0, the highest learning rate of AdamW.
        weight_decay: Float >= 0, decoupled weight decay.
        warmup_share: Float in (0, 1), share of the steps with a rising rate.
        patience: Int > 0, epochs without a better validation loss before stopping.
    """

    peak_rate: float = setting(3e-3, above=0, help="highest learning rate of the cycle")
    weight_decay: float = setting(0.01, min_value=0, help="AdamW's decoupled weight decay")
    warmup_share: float = setting(
        0.25, above=0, below=1, help="share of the steps in which the learning rate rises"
    )
    patience: int = setting(
        8, min_value=1, help="epochs without a better validation loss before training stops"
    )


@dataclass(frozen=True, kw_only=True)
class Schedule(Cycle):
    """A cycle with its number of epochs.

    Attributes:
        epochs: Int > 0, the maximum number.
    """

    epochs: int

    @classmethod
    def of(cls, settings: Cycle, epochs: int) -> "Schedule":
        """Returns the schedule of a family's settings."""
        names = Cycle.__dataclass_fields__
        return cls(epochs=epochs, **{name: getattr(settings, name) for name in names})
