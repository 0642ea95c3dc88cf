"""Wav2Vec2 with a CTC head for text, fine-tuned from a checkpoint or trained from scratch."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar

from kapre_like.models.text.vocabulary import Vocabulary
from kapre_like.models.training.finetuning.settings import FineTuning, plan
from kapre_like.models.training.transcription.family import TranscribingFamily
from kapre_like.models.wav2vec2.family.settings import Wav2Vec2Settings

if TYPE_CHECKING:
    import keras

    from kapre_like.models.wav2vec2.backbone.frame_times import FrameClock

# Hugging Face's names of the blank, of an unknown letter, and of the end of a word.
_BLANK, _UNKNOWN, _DELIMITER = "<pad>", "<unk>", "|"


class Wav2Vec2ForText(TranscribingFamily):
    """A Wav2Vec2 network with a CTC head, and its recipe.

    A checkpoint with a CTC head keeps its head and its vocabulary. Otherwise the head is new,
    with the vocabulary of the training texts.

    Args:
        model: See `TranscribingFamily`.
        recipe: See `TranscribingFamily`.
        history: See `TranscribingFamily`.
    """

    name: ClassVar[str] = "wav2vec2"
    only_sample_rate: ClassVar[int | None] = 16000
    # On much data a pretrained network needs fewer epochs than one with random weights.
    min_epochs: ClassVar[int] = 10
    Settings: ClassVar[type] = Wav2Vec2Settings
    keras_modules: ClassVar[tuple[str, ...]] = (
        *TranscribingFamily.keras_modules,
        "kapre_like.models.wav2vec2.registered",
    )

    @classmethod
    def usual_epochs(cls, settings: Wav2Vec2Settings, steps: int, words: int) -> int:
        """Returns the default number of epochs: 10 if the output layer is pretrained."""
        if cls.untrained_output(settings) is None:
            return _plan(settings, None).epochs
        return super().usual_epochs(settings, steps, words)

    @classmethod
    def untrained_output(cls, settings: Wav2Vec2Settings) -> str | None:
        """Returns the name of the output layer, or `None` if its weights are pretrained."""
        return "lm_head" if _own_vocabulary(settings) is None else None

    @classmethod
    def rates(cls, settings: Wav2Vec2Settings) -> dict[str, float]:
        """Returns the highest learning rates by the names of their settings."""
        plan = _plan(settings, None)
        return {"rate": plan.rate, "head_rate": plan.head_rate}

    @classmethod
    def vocabulary_of(cls, settings: Wav2Vec2Settings, train: Any, valid: Any) -> Vocabulary:
        """Returns the checkpoint's vocabulary, or that of the texts."""
        return _own_vocabulary(settings) or super().vocabulary_of(settings, train, valid)

    @classmethod
    def network_of(
        cls,
        settings: Wav2Vec2Settings,
        vocabulary: Vocabulary,
        recipe: dict[str, Any],
        *,
        augmentations: Sequence[Any] = (),
        final: bool = False,
        log: Callable[[str], None] = lambda _: None,
    ) -> "keras.Model":
        """Returns the network, from the checkpoint; see `TranscribingFamily.network_of`."""
        import keras

        from kapre_like.models.training.finetuning.stages import dtype_policy

        if augmentations:
            log("layers for spectrograms are not used: this network takes waveforms")
        tuning = _plan(settings, None)
        checkpointing = tuning.gradient_checkpointing and not final
        keras.utils.set_random_seed(recipe["seed"])
        with dtype_policy("float32" if final else tuning.precision):
            model = _with_head(settings, vocabulary, log, gradient_checkpointing=checkpointing)
        # Past a clip's end the blank keeps its probability of 1.
        x = keras.layers.Activation("log_softmax", dtype="float32", name="log_softmax")
        return keras.Model(model.inputs, x(model.output), name=model.name)

    @classmethod
    def compile(
        cls, model: "keras.Model", settings: Any, *, epochs: int, steps: int, blank: int
    ) -> None:
        """Compiles the network with a learning rate per layer."""
        from kapre_like.models.training.finetuning.stages import prepare_stage
        from kapre_like.models.training.transcription.judging import text_loss
        from kapre_like.models.wav2vec2.checkpoint.card import CheckpointFacts
        from kapre_like.models.wav2vec2.family.places import wav2vec2_places

        places = wav2vec2_places(model, CheckpointFacts.of(model).network())
        stage = {"places": places, "unit": None, "loss": text_loss(blank)}
        prepare_stage(model, "body", _plan(settings, epochs), steps=epochs * steps, **stage)

    @classmethod
    def output_frames(cls, samples: int, settings: Wav2Vec2Settings, sample_rate: int) -> int:
        """Returns the number of output frames for a clip of `samples` samples."""
        del sample_rate
        return _clock(settings).count(samples)

    @classmethod
    def seconds_per_frame(cls, settings: Wav2Vec2Settings, sample_rate: int) -> float:
        """Returns the seconds between two frames of the output."""
        del sample_rate
        return _clock(settings).seconds


def _plan(settings: Wav2Vec2Settings, epochs: int | None) -> FineTuning:
    """Returns a plan with one stage, because a new CTC head alone learns little."""
    pretrained = settings.checkpoint is not None
    return plan(replace(settings, head_epochs=0), epochs, pretrained=pretrained)


def _own_vocabulary(settings: Wav2Vec2Settings) -> Vocabulary | None:
    """Returns the vocabulary of a checkpoint with a CTC head, or `None`."""
    from kapre_like.models.checkpoints.folder import (
        find_checkpoint,
        read_config,
        read_tokenizer,
    )
    from kapre_like.models.wav2vec2.text.tokenizer import CtcTokenizer

    if settings.checkpoint is None:
        return None
    folder = find_checkpoint(settings.checkpoint)
    if not str((read_config(folder).get("architectures") or [""])[0]).endswith("ForCTC"):
        return None
    files = read_tokenizer(folder)
    return None if files is None else CtcTokenizer.from_files(files).vocabulary()


def _with_head(
    settings: Wav2Vec2Settings,
    vocabulary: Vocabulary,
    log: Callable[[str], None],
    **options: Any,
) -> "keras.Model":
    """Returns the network with its CTC head, whose output is logits."""
    from kapre_like.models.wav2vec2.checkpoint.reading import from_huggingface
    from kapre_like.models.wav2vec2.config.presets import as_config
    from kapre_like.models.wav2vec2.family.start import PRESET, UNTRAINED
    from kapre_like.models.wav2vec2.heads.network import wav2vec2

    if settings.checkpoint is None:
        log(UNTRAINED)
        config = replace(as_config(PRESET), vocab_size=len(vocabulary), pad_token_id=0)
        options |= {"feature_encoder": settings.feature_encoder, "card": _card(vocabulary)}
        return wav2vec2(config, "ctc", **options)
    options["report"] = lambda loaded: log(str(loaded))
    if _own_vocabulary(settings) is not None:
        return from_huggingface(settings.checkpoint, "ctc", **options)
    options |= {"labels": list(vocabulary.tokens), "card": _card(vocabulary)}
    return from_huggingface(settings.checkpoint, "ctc", fresh_head=True, **options)


def _card(vocabulary: Vocabulary) -> dict[str, Any]:
    """Returns the card's tokenizer, with Hugging Face's names of special tokens."""
    if vocabulary.kind != "characters":
        return {}
    names = {0: _BLANK} | {n: _DELIMITER for n, t in enumerate(vocabulary.tokens) if t == " "}
    tokens = {
        names.get(number, token): number for number, token in enumerate(vocabulary.tokens)
    }
    special = {"pad_token": _BLANK, "unk_token": _UNKNOWN, "word_delimiter_token": _DELIMITER}
    return {"tokenizer": {"vocab.json": tokens, "tokenizer_config.json": special}}


def _clock(settings: Wav2Vec2Settings) -> "FrameClock":
    from kapre_like.models.checkpoints.folder import find_checkpoint, read_config
    from kapre_like.models.wav2vec2.backbone.frame_times import FrameClock
    from kapre_like.models.wav2vec2.config.network import Wav2Vec2Config
    from kapre_like.models.wav2vec2.config.presets import as_config
    from kapre_like.models.wav2vec2.family.start import PRESET

    if settings.checkpoint is not None:
        config = Wav2Vec2Config.from_json(read_config(find_checkpoint(settings.checkpoint)))
        return FrameClock.of(config)
    if settings.feature_encoder is None:
        return FrameClock.of(as_config(PRESET))
    from kapre_like.models.wav2vec2.backbone.front_ends import logmel

    return FrameClock.of(as_config(PRESET), logmel())
