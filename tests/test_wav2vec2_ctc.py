"""CTC: the loss against PyTorch's, the tokenizer and the times against transformers'."""

import json

import keras
import numpy as np
import pytest
from backend_tools import BACKEND, compiled, gradient, quick, to_numpy
from tolerances import FLOAT32, FLOAT32_LONG

from kapre_like.models.blocks.frame_losses import (
    NEVER,
    BlankPadding,
    CTCLoss,
    FrameLoss,
    ctc_losses,
)
from kapre_like.models.text import TextRule, Vocabulary, greedy
from kapre_like.models.wav2vec2 import check_ctc_labels
from kapre_like.models.wav2vec2.config.network import Wav2Vec2Config
from kapre_like.models.wav2vec2.heads.ctc import ctc_loss_of
from kapre_like.models.wav2vec2.text.decoding import CtcWord, decode, decode_tokens
from kapre_like.models.wav2vec2.text.tokenizer import CtcTokenizer

pytestmark = pytest.mark.backends

RNG = np.random.default_rng(0)
LOGITS = RNG.normal(0, 2, (5, 9, 6)).astype("float32")
FRAMES = np.array([9, 7, 4, 9, 1], "int32")
# A letter twice, padding in the middle, no letter at all, too many letters, one.
NONE = [-100] * 4
LABELS = np.array([[3, 3, 1, -100], [4, -100, 5, 1], NONE, [3, 3, 3, 3], [2, *NONE[:3]]])


def reference(blank, frames, labels=LABELS, logits=LOGITS):
    import torch

    count = (labels >= 0).sum(1)
    return torch.nn.functional.ctc_loss(
        torch.log_softmax(torch.tensor(logits), -1).transpose(0, 1),
        torch.tensor(labels[labels >= 0]),
        torch.tensor(frames).long(),
        torch.tensor(count),
        blank=blank,
        reduction="none",
    ).numpy()


def losses(labels, logits, frames, **options):
    """Each clip's loss, as one program on JAX."""
    run = quick(lambda x: ctc_losses(labels, x, frames, **options))
    return to_numpy(run(logits))


@pytest.mark.parametrize("blank", [0, 5])
def test_each_clips_loss_is_that_of_pytorch(blank):
    labels = np.where(blank == LABELS, 2, LABELS)
    got = losses(labels, LOGITS, FRAMES, blank=blank)
    # JAX's own loss adds logarithms in another order, up to 20 nats.
    np.testing.assert_allclose(got, reference(blank, FRAMES, labels), rtol=2e-5)


def test_the_gradient_is_that_of_pytorch():
    import torch

    logits = torch.tensor(LOGITS, requires_grad=True)
    labels, frames = np.delete(LABELS, 2, 0), np.delete(FRAMES, 2)
    rows = [0, 1, 3, 4]
    torch.nn.functional.ctc_loss(
        torch.log_softmax(logits[rows], -1).transpose(0, 1),
        torch.tensor(labels[labels >= 0]),
        torch.tensor(frames).long(),
        torch.tensor((labels >= 0).sum(1)),
        reduction="sum",
    ).backward()
    run = quick(lambda x: ctc_losses(labels, x, frames, blank=0))
    got = gradient(run, LOGITS[rows])
    np.testing.assert_allclose(got, logits.grad.numpy()[rows], atol=2e-5)


def test_padding_marked_as_blank_needs_no_lengths():
    blank = 0
    marked = to_numpy(BlankPadding(blank=blank)([LOGITS, FRAMES]))
    loss = CTCLoss(blank=blank, reduction=None)
    np.testing.assert_allclose(
        to_numpy(loss(LABELS, marked)), reference(blank, FRAMES), rtol=2e-5
    )
    # The blank is sure even by its probability.
    assert (marked[1, 7:, 0] == 0).all()
    assert (marked[1, 7:, 1:] == NEVER).all()


def test_the_blank_among_the_labels_is_padding_too():
    padded = np.where(LABELS < 0, 0, LABELS)
    want = losses(LABELS, LOGITS, FRAMES, blank=0)
    np.testing.assert_array_equal(losses(padded, LOGITS, FRAMES, blank=0), want)


def test_a_text_too_long_for_its_frames_is_infinite_or_nothing():
    labels, frames = np.array([[1, 1], [1, 2]]), np.array([2, 2], "int32")
    logits = LOGITS[:2, :2]
    got = losses(labels, logits, frames, blank=0)
    assert np.isinf(got[0])
    assert np.isfinite(got[1])
    got = losses(labels, logits, frames, blank=0, zero_infinity=True)
    assert got[0] == 0
    for zero in (True, False):
        options = {"blank": 0, "zero_infinity": zero}
        d = gradient(quick(lambda x, o=options: ctc_losses(labels, x, frames, **o)), logits)
        assert np.isfinite(d).all()
        assert not d[0].any()


@pytest.mark.parametrize("reduction", ["sum", "mean"])
def test_reductions_are_those_of_transformers(reduction):
    import torch

    labels = LABELS[:2]
    config = Wav2Vec2Config(ctc_loss_reduction=reduction, vocab_size=6)
    got = float(to_numpy(ctc_loss_of(config)(labels, LOGITS[:2])))
    want = torch.nn.functional.ctc_loss(
        torch.log_softmax(torch.tensor(LOGITS[:2]), -1).transpose(0, 1),
        torch.tensor(labels[labels >= 0]),
        torch.tensor([9, 9]),
        torch.tensor([3, 3]),
        reduction=reduction,
    )
    np.testing.assert_allclose(got, float(want), rtol=FLOAT32)


def test_the_loss_compiles_and_comes_back_from_its_configuration():
    loss = CTCLoss(blank=1, zero_infinity=True, per_label=True)
    again = keras.losses.deserialize(keras.losses.serialize(loss))
    assert again.get_config() == loss.get_config()
    run = compiled(lambda x: ctc_losses(LABELS, x, FRAMES, blank=0))
    np.testing.assert_allclose(
        to_numpy(run(LOGITS)),
        to_numpy(ctc_losses(LABELS, LOGITS, FRAMES, blank=0)),
        rtol=FLOAT32,
    )


def test_labels_of_no_column_are_texts_of_no_letter():
    got = losses(np.zeros((5, 0), "int32"), LOGITS, FRAMES, blank=0)
    none = np.full((5, 1), -100)
    np.testing.assert_allclose(got, losses(none, LOGITS, FRAMES, blank=0))


VOCABULARY = {
    "<pad>": 0, "<s>": 1, "</s>": 2, "<unk>": 3, "|": 4, "A": 5, "B": 6, "C": 7, "'": 8,
    "<noise>": 9,
}  # fmt: skip


def folder(path, settings, **vocabulary):
    """A checkpoint's tokenizer files, and transformers' reading of them."""
    transformers = pytest.importorskip("transformers")
    (path / "vocab.json").write_text(json.dumps(vocabulary or VOCABULARY))
    (path / "tokenizer_config.json").write_text(json.dumps(settings))
    tokenizer = transformers.Wav2Vec2CTCTokenizer
    if "word_delimiter_token" in settings:
        # transformers 5.23 reads it from the file, and forgets it.
        return tokenizer(path / "vocab.json", **settings)
    return tokenizer.from_pretrained(path)


SETTINGS = [
    {},
    {"do_lower_case": True},
    {"pad_token": "A", "unk_token": "B"},
    {"word_delimiter_token": "C", "replace_word_delimiter_char": "_"},
    {"added_tokens_decoder": {"10": {"content": "<laugh>", "special": False}}},
    {"bos_token": "<begin>", "additional_special_tokens": ["<noise>"]},
]


@pytest.mark.parametrize("settings", SETTINGS, ids=lambda s: next(iter(s), "plain"))
@pytest.mark.parametrize("skip", [False, True])
def test_text_and_word_times_are_those_of_transformers(settings, skip, tmp_path):
    other = folder(tmp_path, settings)
    ours = CtcTokenizer.from_folder(tmp_path)
    rng = np.random.default_rng(1)
    for frames in (0, 1, 5, 60, 60):
        numbers = np.repeat(rng.integers(0, 13, frames), rng.integers(1, 4, frames))
        numbers = numbers.tolist()
        want = other.decode(numbers, output_word_offsets=True, skip_special_tokens=skip)
        got = decode_tokens(numbers, ours, seconds=1.0, skip_special_tokens=skip)
        assert got.text == want.text
        expected = [(w["word"], w["start_offset"], w["end_offset"]) for w in want.word_offsets]
        assert [(w.text, w.start, w.end) for w in got.words] == expected


@pytest.mark.parametrize("settings", SETTINGS, ids=lambda s: next(iter(s), "plain"))
def test_text_becomes_the_numbers_of_transformers(settings, tmp_path):
    other = folder(tmp_path, settings)
    ours = CtcTokenizer.from_folder(tmp_path)
    for text in ("AB CAB", "ab c", "A <noise> B", "A?B", "<noise>", "", " A  B ", "A'B"):
        assert ours.encode(text) == other(text).input_ids, text
    assert ours.blank == other.pad_token_id


def test_a_tokenizer_becomes_a_vocabulary_for_every_decoder():
    tokenizer = CtcTokenizer.from_files({"vocab.json": VOCABULARY})
    vocabulary = tokenizer.vocabulary()
    assert (vocabulary.blank, vocabulary.ignored) == (0, (1, 2, 3))
    assert vocabulary.tokens[4:9] == (" ", "A", "B", "C", "'")
    assert vocabulary.encode("ab cab") == tokenizer.encode("AB CAB")
    assert Vocabulary.from_json(vocabulary.to_json()) == vocabulary
    numbers = np.random.default_rng(1).choice([0, 4, 5, 6, 7, 8, 9], 60)
    logs = np.log(np.where(np.eye(10)[numbers] == 1, 0.91, 0.01))
    want = decode_tokens(numbers, tokenizer)
    got = greedy(logs, vocabulary, frame_seconds=0.02)
    assert got.text == " ".join(want.text.split())
    assert [(w.text, w.start, w.end) for w in got.words] == [
        (w.text, pytest.approx(w.start), pytest.approx(w.end)) for w in want.words
    ]


@pytest.mark.parametrize(
    ("vocabulary", "settings", "rule"),
    [
        ({"a": 5, "|": 1, "<pad>": 3}, {}, TextRule("lower")),
        ({"A": 0, "|": 1, "<pad>": 3, "-": 4}, {}, TextRule("upper", "keep")),
        ({"A": 0, "b": 2, "|": 1, "<pad>": 3}, {}, TextRule("keep")),
        ({"A": 0, "|": 1, "<pad>": 3}, {"do_lower_case": True}, TextRule("lower")),
    ],
)
def test_a_vocabulary_has_the_rule_of_its_letters(vocabulary, settings, rule):
    files = {"vocab.json": vocabulary, "tokenizer_config.json": settings}
    got = CtcTokenizer.from_files(files).vocabulary()
    assert (got.rule, got.blank, got.space) == (rule, 3, 1)
    assert got.encode("a A" if rule.case != "keep" else "A A")[1] == 1
    # Numbers that the table leaves out are tokens of no network's text.
    missing = set(range(len(got))) - set(vocabulary.values())
    assert missing <= set(got.ignored)


def test_languages_lie_in_one_vocabulary(tmp_path):
    nested = {"eng": VOCABULARY, "deu": {**VOCABULARY, "Ä": 10}}
    other = folder(tmp_path, {"target_lang": "deu"}, **nested)
    ours = CtcTokenizer.from_folder(tmp_path)
    assert ours.encode("AÄ") == other("AÄ").input_ids
    with pytest.raises(ValueError, match=r"`target_lang` must be one of \['deu', 'eng'\]"):
        CtcTokenizer.from_files({"vocab.json": nested})


def test_times_are_seconds_and_padding_is_silent():
    tokenizer = CtcTokenizer.from_files({"vocab.json": VOCABULARY})
    # A A - | B - C and five frames of nothing.
    numbers = [5, 5, 0, 4, 6, 0, 7, 5, 5, 5, 5, 5]
    logits = np.eye(10)[[numbers, numbers]]
    short, whole = decode(logits, [7, 12], tokenizer)
    assert short.text == "A BC"
    assert short.words == [CtcWord("A", 0.0, 0.04), CtcWord("BC", 0.08, 0.14)]
    assert whole.text == "A BCA"
    marked = to_numpy(BlankPadding(blank=0)([logits.astype("float32"), np.array([7, 12])]))
    assert decode(marked, None, tokenizer) == [short, whole]


def test_a_folder_without_a_vocabulary_is_named(tmp_path):
    with pytest.raises(ValueError, match=r"`vocab\.json` must be a dict from tokens"):
        CtcTokenizer.from_folder(tmp_path)
    (tmp_path / "vocab.json").write_text("{")
    with pytest.raises(ValueError, match=r"vocab\.json is not valid JSON"):
        CtcTokenizer.from_folder(tmp_path)
    for table in ([], {}, {"A": "b"}, {"A": 1.5}, {"A": True}):
        with pytest.raises(ValueError, match=r"`vocab\.json` must be a dict from tokens"):
            CtcTokenizer.from_files({"vocab.json": table})


def test_lengths_say_which_frames_of_an_array_count():
    labels, lengths = np.array([[1, 2], [3, -100]]), np.array([LOGITS.shape[1], 4])
    loss = CTCLoss(reduction=None)
    got = to_numpy(loss(labels, LOGITS[:2], lengths=lengths))
    alone = [
        float(to_numpy(loss(labels[i : i + 1], LOGITS[i : i + 1, :n]))[0])
        for i, n in enumerate(lengths)
    ]
    np.testing.assert_allclose(got, alone, rtol=FLOAT32)
    assert abs(float(to_numpy(loss(labels, LOGITS[:2]))[1]) - alone[1]) > 0.1


OUTSIDE = [6, 7, 100]


def in_graph(function):
    """`function` of arrays as a graph of the backend; as it is on PyTorch, which has none."""
    if BACKEND == "jax":
        import jax

        return lambda *x: jax.block_until_ready(jax.jit(function)(*x))
    if BACKEND == "torch":
        return function
    import tensorflow as tf

    return tf.function(function)


@pytest.mark.parametrize("letter", OUTSIDE)
@pytest.mark.parametrize("way", ["eager", "graph"])
def test_a_label_outside_the_vocabulary_is_refused(letter, way):
    labels = np.array([[1, 2, -100], [3, letter, 5]])
    run = (lambda f: f) if way == "eager" else in_graph
    loss = run(lambda y_true, y_pred: CTCLoss()(y_true, y_pred))
    with pytest.raises(Exception, match="must be classes from 0 to 5") as caught:
        loss(labels, LOGITS[:2])
    if way == "eager":
        assert isinstance(caught.value, ValueError)
        assert f"y_true has [{letter}]" in str(caught.value)
    labels[1, 1] = 4
    assert np.isfinite(float(to_numpy(loss(labels, LOGITS[:2]))))


@pytest.mark.parametrize("way", ["eager", "graph"])
def test_a_class_that_frames_do_not_have_is_refused(way):
    run = (lambda f: f) if way == "eager" else in_graph
    loss = run(lambda y_true, y_pred: FrameLoss()(y_true, y_pred))
    labels = np.full((5, 9), 2)
    labels[3, 4] = 6
    with pytest.raises(Exception, match="FrameLoss: `y_true` must be classes from 0 to 5"):
        loss(labels, LOGITS)


def test_a_label_outside_is_never_a_plausible_loss_under_xla():
    """TensorFlow drops assertions from what XLA compiles."""
    labels = np.array([[1, 2, -100], [3, 8, 5]])
    run = compiled(lambda x: ctc_losses(labels, x, np.array([9, 9]), blank=0))
    if BACKEND == "tensorflow":
        got = to_numpy(run(LOGITS[:2]))
        assert np.isfinite(got[0])
        assert np.isnan(got[1])
        return
    with pytest.raises(Exception, match="must be classes from 0 to 5"):
        to_numpy(run(LOGITS[:2]))


def test_training_stops_at_a_label_outside():
    model = keras.Sequential([keras.Input((9, 6)), keras.layers.Dense(6)])
    model.compile("sgd", CTCLoss(), jit_compile=False)
    labels = np.array([[1, 2], [3, 9]])
    with pytest.raises(Exception, match="must be classes from 0 to 5"):
        model.fit(LOGITS[:2], labels, verbose=0)


def test_labels_are_checked_before_training():
    config = Wav2Vec2Config(vocab_size=6)
    check_ctc_labels([[1, 2], [5]], config)
    check_ctc_labels(np.array([[1, -100], [0, 5]]), 6)
    with pytest.raises(ValueError, match=r"check_ctc_labels: row 1.* 0 to 5.*\[6, 9\]"):
        check_ctc_labels([[1, 2], [5, 9, 6]], config)


@pytest.mark.backends(full=True)
def test_padded_frames_do_not_count_under_the_padding_of_transformers():
    """The loss of the model's own output, and in `evaluate`, with an attention mask."""
    from wav2vec2_twins import LENGTHS, STABLE, attention_mask, clips, original, twin

    torch = pytest.importorskip("torch")
    texts = np.array([[3, 3, 1, -100], [4, 5, 1, 11], [7, -100, -100, -100]])
    theirs = original("ctc", **STABLE)
    mask, labels = torch.tensor(attention_mask()), torch.tensor(texts)
    want = float(
        theirs(torch.tensor(clips()), attention_mask=mask, labels=labels).loss.detach()
    )
    model = twin(theirs, "ctc", mask=True)
    loss = ctc_loss_of(Wav2Vec2Config(**STABLE, vocab_size=12))
    got = float(to_numpy(loss(texts, model([clips(), LENGTHS]))))
    np.testing.assert_allclose(got, want, rtol=FLOAT32_LONG)
    wrong = float(to_numpy(loss(texts, to_numpy(model([clips(), LENGTHS])))))
    assert wrong > 1.05 * want
    model.compile("sgd", loss, jit_compile=False)
    got = model.evaluate([clips(), LENGTHS], texts, batch_size=3, verbose=0)
    np.testing.assert_allclose(got, want, rtol=FLOAT32_LONG)
