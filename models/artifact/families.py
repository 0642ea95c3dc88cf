"""Base class of the families of models. `registry.py` finds a family by its name."""

from pathlib import Path
from typing import Any, ClassVar, NamedTuple, Self

from kapre_like.models.artifact.settings import NoSettings


class Job(NamedTuple):
    """Facts about a training, for `Family.check`.

    Attributes:
        task: `"classify"`, `"regress"` or `"transcribe"`.
        sample_rate: Int, Hz, of the waveforms.
        seconds: Float, length of a training clip, or `None` for whole clips.
        epochs: Int, maximum number of a network's passes over the data, or `None`.
        train: Table of the training clips; `None` before any sound is read.
        valid: Table of the validation clips; `None` before any sound is read.
    """

    task: str
    sample_rate: int
    seconds: float | None
    epochs: int | None
    train: Any = None
    valid: Any = None


class HeldOut(NamedTuple):
    """Predictions for training and validation rows by models that have not learned from them.

    Attributes:
        digests: Digest of each row that was handed to `train`: a clip, or one of its windows.
        output: Array `(rows, classes)` of probabilities or `(rows,)` of scores, before any
            calibration. The model behind a row has seen neither the row nor its group.
    """

    digests: list[str]
    output: Any


class Family:
    """Base class of every family of models.

    The class attributes describe the family to the workbench. An instance is a trained model.
    The module of a family imports large packages inside its methods, so the family can be
    listed if they are not installed.

    Attributes:
        name: Name of the family, as in its entry point.
        summary: One line for `kapre-like families`.
        needs: Names of the packages that it imports.
        install: Argument of `pip install` for these packages, such as
            `"kapre-like[tensorflow]"`.
        only_sample_rate: The only sample rate in Hz that it supports; `None` supports any.
        tasks: Supported tasks, among `"classify"`, `"regress"` and `"transcribe"`.
        exports: Formats of files that `export` writes. Networks need none, see `network`.
        trains_on_valid: Whether the final model is trained on the validation clips too. An
            instance may differ from its class, if a setting or a time limit decides.
        Settings: A frozen dataclass of `artifact.settings.setting` fields.
        Pretraining: Settings of `pretrain`, as `Settings`; `None` if the family has no
            pretraining.
        keras_modules: Modules that register the Keras classes of the family when imported.
        recipe: Dict that describes how the model was made; see `artifact/recipe.py`.
        history: Learning curves by name, such as `train_loss`: a number per epoch or tree.
        importances: `(feature name, importance)`, greatest first; empty without features.
        n_parameters: Number of learned parameters.
        held_out: See `HeldOut`. `train` must set it if `trains_on_valid`, except for
            transcripts; for other families it is `None`, and the workbench predicts the
            validation clips.
        seconds_features: Float, seconds that `train` spent on features; `None` for a family
            without features.
    """

    name: ClassVar[str]
    summary: ClassVar[str] = ""
    needs: ClassVar[tuple[str, ...]] = ()
    install: ClassVar[str] = ""
    only_sample_rate: ClassVar[int | None] = None
    tasks: ClassVar[tuple[str, ...]] = ("classify", "regress")
    exports: ClassVar[tuple[str, ...]] = ()
    Settings: ClassVar[type] = NoSettings
    Pretraining: ClassVar[type | None] = None
    keras_modules: ClassVar[tuple[str, ...]] = ()

    recipe: dict[str, Any]
    history: dict[str, list[float]]
    importances: list[tuple[str, float]]
    n_parameters: int
    held_out: HeldOut | None = None
    trains_on_valid: bool = False
    seconds_features: float | None = None

    @classmethod
    def check(cls, settings: Any, job: Job) -> None:
        """Raises an error for settings that do not fit each other or the data.

        It is called twice: before any sound is read, and with the tables before training. By
        default it accepts everything.

        Raises:
            ValueError: With a message of one line that states the fix.
        """

    @classmethod
    def unlearnable(
        cls, train: Any, valid: Any, *, recipe: dict[str, Any], settings: Any
    ) -> list[dict[str, str]]:
        """Returns the clips that this family cannot be trained on; by default none.

        Args:
            train: Rows as in `train`, before the length rule.
            valid: Validation rows, before the length rule.
            recipe: As in `train`.
            settings: An instance of `Settings`.

        Returns:
            A dict of `digest`, `path` and `reason` for each of these clips.
        """
        del train, valid, recipe, settings
        return []

    @classmethod
    def train(
        cls, train: Any, valid: Any, *, recipe: dict, settings: Any, folder: Path, log: Any
    ) -> Self:
        """Trains on one table, with early stopping on the other.

        Args:
            train: Training rows as from `kapre_like.audio.scan`.
            valid: Validation rows of other groups.
            recipe: Dict with `task`, `class_names`, `sample_rate`, `seconds`, `seed`, `epochs`,
                and optionally `minutes`. The family converts `minutes` to a number of epochs
                or trees once. It stores the result in `settings["budget"]`: `epochs`, and
                `note`, a sentence on what did not fit, or "".
            settings: An instance of `Settings`.
            folder: Folder for checkpoints. The same training resumes from them after a kill.
            log: Function that is called with one line at a time.
        """
        raise NotImplementedError

    @classmethod
    def check_pretraining(cls, settings: Any) -> None:
        """Raises an error for settings of `pretrain`, before any sound is read.

        By default it accepts everything.

        Raises:
            ValueError: With a message of one line that states the fix.
        """

    @classmethod
    def pretrain(
        cls, table: Any, *, recipe: dict, settings: Any, folder: Path, final: Path, log: Any
    ) -> tuple[list[str], dict[str, list[float]]]:
        """Trains on clips without labels, and writes a checkpoint for training.

        Args:
            table: Rows as from `kapre_like.audio.scan`.
            recipe: As in `train`, without labels.
            settings: An instance of `Pretraining`.
            folder: Folder for checkpoints. The same run resumes from them after a kill.
            final: An existing folder to write the result to.
            log: Function that is called with one line at a time.

        Returns:
            The names of the files in `final`, and the learning curves by name.
        """
        raise NotImplementedError

    def predict(self, waveforms: list) -> Any:
        """Returns `(clips, classes)` probabilities, or `(clips,)` scores.

        Args:
            waveforms: 1-D float32 arrays in [-1, 1] at `recipe["sample_rate"]`. They are whole
                clips: the model applies its own length rule.
        """
        raise NotImplementedError

    def save(self, folder: Path) -> None:
        """Writes `model_files()` into an existing folder."""
        raise NotImplementedError

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Loads what `save` wrote, and the `recipe.json` in the same folder."""
        raise NotImplementedError

    def model_files(self) -> list[str]:
        """Returns the names of the files that make up the model."""
        raise NotImplementedError

    def network(self) -> Any:
        """Returns the `keras.Model` that `kapre-like export` writes.

        Raises:
            ValueError: If the model is not a network, which is the default.
        """
        formats = ", ".join(self.exports)
        fix = f"Use --format with one of: {formats}" if formats else "Copy its folder"
        raise ValueError(
            f"a {self.name} model is not made of the layers that this format supports. {fix}; "
            "kapre_like.load_predictor opens the folder as it is."
        )

    def export(self, path: Path, format: str, log: Any) -> None:
        """Writes the model as a file of a format among `exports`.

        Args:
            path: The file to write.
            format: One of `exports`.
            log: Function that is called with one line at a time.

        Raises:
            ValueError: If the model cannot be written in this format.
        """
        raise NotImplementedError

    def explain(self, waveform: Any) -> list[tuple[str, dict[str, Any]]]:
        """Returns the stages from a waveform to the prediction: pairs of a title and facts."""
        del waveform
        return []
