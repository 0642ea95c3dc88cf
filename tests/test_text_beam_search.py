"""Greedy decoding and beam search: all alignments by hand, PyTorch's CTC, another program."""

import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from text_cases import ENGLISH, every_text, log_softmax, peaks, random_logs, speech
from tolerances import FLOAT64_LONG

from kapre_like.models.text import Vocabulary, beam_search, errors, greedy, train_kneser_ney
from kapre_like.models.text import forced_alignment as aligning
from kapre_like.models.text.collapse import Run, collapse
from kapre_like.models.text.forced_alignment import align
from kapre_like.models.text.word_scores import WordScores

SMALL = Vocabulary(("<blank>", " ", "a", "b"))
LAST = Vocabulary(("b", "a", " ", "<blank>"), blank=3)
MARKED = Vocabulary(("<blank>", "▁", "a", "▁b"), kind="subwords")
PIECES = Vocabulary(("<blank>", "▁a", "a", "▁b"), kind="subwords")
WHOLE = {"frame_seconds": 0.02, "beam": 10**6, "n_best": 10**6, "token_min_logp": -np.inf}
MODEL = train_kneser_ney(["a b", "a ab", "b a", "ab ab a"], order=2)


def texts(*arguments, **options):
    return {t.text: t.score for t in beam_search(*arguments, **options)}


def agree(got, want, atol=FLOAT64_LONG):
    assert set(got) == set(want)
    np.testing.assert_allclose([got[t] for t in want], list(want.values()), atol=atol)


@pytest.mark.parametrize(
    "vocabulary", [SMALL, LAST, PIECES, MARKED], ids=["first", "last", "pieces", "marked"]
)
@pytest.mark.parametrize("seed", range(3))
def test_without_pruning_each_text_has_the_sum_over_all_alignments(vocabulary, seed):
    logs = random_logs(6, 4, seed)
    want = every_text(logs, vocabulary)
    got = beam_search(logs, vocabulary, **WHOLE, min_logp=-np.inf, fast=False)
    agree({t.text: t.score for t in got}, want)
    assert [t.score for t in got] == pytest.approx(sorted(want.values(), reverse=True))


def test_a_text_has_the_probability_of_pytorch():
    torch = pytest.importorskip("torch")
    vocabulary = Vocabulary(("a", "<blank>", "b", "c"), blank=1)
    logs = random_logs(7, 4, 5)
    got = texts(logs, vocabulary, **WHOLE, min_logp=-np.inf, fast=False)
    for text in ("", "a", "aab", "abcabc", "cc"):
        labels = torch.tensor([vocabulary.encode(text)], dtype=torch.long)
        loss = torch.nn.functional.ctc_loss(
            torch.tensor(logs)[:, None], labels, torch.tensor([7]), torch.tensor([len(text)]),
            blank=1, reduction="sum",
        )  # fmt: skip
        assert got[text] == pytest.approx(-float(loss), abs=1e-9)


def score_by_hand(text, logit, alpha, beta, hot, weight):
    """Fusion from the sentence's own score, without the search's tables."""
    words = text.split()
    unknown = -10 * sum(word not in MODEL.words for word in words)
    log10 = MODEL.score(words) + unknown
    bonus = beta * len(words) + weight * sum(word in hot for word in words)
    return logit + alpha * np.log(10) * log10 + bonus


@pytest.mark.parametrize("vocabulary", [SMALL, PIECES], ids=["characters", "pieces"])
def test_language_model_and_hot_words_add_their_scores(vocabulary):
    logs = random_logs(6, 4, 7)
    options = {"alpha": 0.7, "beta": 1.5, "hot_words": ["bb ab"], "hot_word_weight": 3.0}
    want = {
        text: score_by_hand(text, logit, 0.7, 1.5, {"bb", "ab"}, 3.0)
        for text, logit in every_text(logs, vocabulary).items()
    }
    got = texts(
        logs, vocabulary, **WHOLE, **options, language_model=MODEL, min_logp=-np.inf, fast=False
    )
    agree(got, want)
    options = {"hot_words": ["ab"], "hot_word_weight": -2.0}
    got = texts(logs, vocabulary, **WHOLE, **options, min_logp=-np.inf, fast=False)
    want = every_text(logs, vocabulary)
    agree(got, {t: s - 2.0 * t.split().count("ab") for t, s in want.items()})


@given(st.integers(0, 10**6), st.integers(1, 30), st.sampled_from([0.5, 2.0, 5.0]))
@settings(max_examples=30, deadline=None)
def test_a_narrow_beam_misses_probability_and_makes_none_up(seed, beam, spread):
    logs = random_logs(5, 4, seed, spread)
    want = every_text(logs, SMALL)
    found = beam_search(logs, SMALL, frame_seconds=1.0, beam=beam, n_best=beam, fast=False)
    for said in found:
        assert said.score <= want[said.text] + 1e-9
        assert said.text == " ".join(word.text for word in said.words)
        assert 0 < said.confidence <= 1
    assert [t.score for t in found] == sorted((t.score for t in found), reverse=True)
    assert len({t.text for t in found}) == len(found)


@given(st.lists(st.integers(0, 3), max_size=12))
@settings(max_examples=60, deadline=None)
def test_both_searches_agree_on_clear_speech_with_the_same_times(path):
    logs = peaks(path, 4, 0.97)
    one = greedy(logs, SMALL, frame_seconds=0.5)
    (other,) = beam_search(logs, SMALL, frame_seconds=0.5, fast=False)
    assert one.text == SMALL.text([run.token for run in collapse(path, 0)])
    if one.text == other.text:
        assert one.words == other.words
        wanted = 0.97 if one.words else 0.98 if path else 1.0
        assert one.confidence == pytest.approx(wanted)


def test_words_have_times_and_confidences():
    # a a - b | - b, with letters less and less sure.
    logs = peaks([2, 2, 0, 3, 1, 0, 3], 4)
    logs[6] = np.log([0.1, 0.15, 0.15, 0.6])
    for said in (
        greedy(logs, SMALL, frame_seconds=0.02),
        *beam_search(logs, SMALL, frame_seconds=0.02, fast=False),
    ):
        assert said.text == "ab b"
        assert [(w.text, w.start, w.end) for w in said.words] == [
            ("ab", 0.0, 0.08),
            ("b", 0.12, 0.14),
        ]
        # Blank frames inside a word do not count.
        np.testing.assert_allclose([w.confidence for w in said.words], [0.9, 0.6])
        assert said.confidence == pytest.approx((3 * 0.9 + 0.6) / 4)
    assert greedy(logs, SMALL, frame_seconds=0.02).score == pytest.approx(
        6 * np.log(0.9) + np.log(0.6)
    )


@pytest.mark.parametrize(
    "decode", [greedy, lambda *a, **k: beam_search(*a, **k, fast=False)[0]]
)
def test_padding_and_silence_change_nothing(decode):
    logs = random_logs(6, 4, 1)
    padding = np.full((50, 4), -1e9)
    padding[:, 0] = 0
    short = decode(logs, SMALL, frame_seconds=0.02)
    assert decode(np.concatenate([logs, padding]), SMALL, frame_seconds=0.02) == short
    silence = decode(padding, SMALL, frame_seconds=0.02)
    assert (silence.text, silence.words, silence.score, silence.confidence) == ("", (), 0, 1)
    assert decode(np.zeros((0, 4)), SMALL, frame_seconds=0.02).text == ""


@pytest.mark.parametrize("decode", [greedy, lambda *a, **k: beam_search(*a, **k)[0]])
def test_ignored_tokens_are_never_in_the_text(decode):
    vocabulary = Vocabulary(("<s>", "a", " ", "<pad>", "<unk>"), blank=3, ignored=(0, 4))
    logs = peaks([0, 4, 1, 4, 1, 0], 5)
    logs[:, 1] += 0.01
    assert "<" not in decode(logs, vocabulary, frame_seconds=0.02).text
    assert "a" in decode(logs, vocabulary, frame_seconds=0.02).text


def test_a_language_model_chooses_between_words_that_sound_alike():
    lines = ["the red bead", "a red bead", "read the book", "read a book"]
    model = train_kneser_ney(lines, order=2)
    path = ENGLISH.encode("the read bead")
    logs = peaks([n for token in path for n in (token, 0)], len(ENGLISH), 0.6)
    plain = beam_search(logs, ENGLISH, frame_seconds=0.02, fast=False)[0]
    assert plain.text == "the read bead"
    options = {"language_model": model, "fast": False, "frame_seconds": 0.02}
    assert beam_search(logs, ENGLISH, **options, alpha=3.0)[0].text == "the red bead"
    assert beam_search(logs, ENGLISH, **options, alpha=0.0)[0].text == "the read bead"


def test_a_hot_word_is_found_though_its_letters_are_unlikely():
    numbers = ENGLISH.encode("call ravy now")
    path = [n for token in numbers for n in (token, 0)]
    logs = peaks(path, len(ENGLISH), 0.8)
    options = {"frame_seconds": 0.02, "fast": False}
    assert beam_search(logs, ENGLISH, **options)[0].text == "call ravy now"
    hot = beam_search(logs, ENGLISH, **options, hot_words=["ravi"], token_min_logp=-9.0)[0]
    assert hot.text == "call ravi now"
    assert hot.words[1].confidence < hot.words[0].confidence


def installed():
    return pytest.importorskip("ctc_beam_decoder")


@pytest.mark.parametrize("vocabulary", [SMALL, LAST], ids=["first", "last"])
def test_the_package_finds_the_same_sums(vocabulary):
    installed()
    logs = random_logs(6, 4, 3)
    got = texts(logs, vocabulary, **WHOLE, min_logp=-1e4, fast=True)
    agree(got, every_text(logs, vocabulary), atol=1e-5)
    options = {"language_model": MODEL, "hot_words": ["bb"], "alpha": 0.7}
    want = texts(logs, vocabulary, **WHOLE, **options, min_logp=-np.inf, fast=False)
    got = texts(logs, vocabulary, **WHOLE, **options, min_logp=-1e4, fast=True)
    agree(got, want, atol=1e-5)


@pytest.mark.parametrize("noise", [1.0, 2.0, 2.5])
@pytest.mark.parametrize("fused", [False, True])
@pytest.mark.parametrize("hot", [False, True])
def test_the_package_gives_the_same_text_of_speech(noise, fused, hot):
    installed()
    logs, truth, words = speech(150, noise=noise, seed=int(10 * noise))
    rng = np.random.default_rng(0)
    lines = [" ".join(rng.choice(words, 4)) for _ in range(60)]
    options = {"frame_seconds": 0.02, "beam": 400, "min_logp": -20.0}
    if fused:
        options["language_model"] = train_kneser_ney(lines, order=3)
    if hot:
        options["hot_words"] = words[:3]
    ours = beam_search(logs, ENGLISH, **options, fast=False)[0]
    theirs = beam_search(logs, ENGLISH, **options, fast=True)[0]
    assert ours.text == theirs.text
    assert ours.words == theirs.words
    # The package counts endings separately, so it keeps fewer alignments.
    assert ours.score == pytest.approx(theirs.score, abs=0.2)
    if fused:
        plain = greedy(logs, ENGLISH, frame_seconds=0.02).text
        assert errors(truth, ours.text).wer <= errors(truth, plain).wer


def test_the_package_scores_sentences_as_we_do(tmp_path):
    package = installed()
    model = train_kneser_ney(["the cat sat", "the cat ran", "a dog sat on the cat"], order=3)
    model.write_arpa(tmp_path / "m.arpa")
    decoder = package.BeamSearchDecoder(
        ["", *ENGLISH.tokens[1:]], kenlm_model_path=tmp_path / "m.arpa",
        unigrams=sorted(model.words), alpha=1.0, beta=0.0, unk_score_offset=0.0,
    )  # fmt: skip
    for text in (
        "the cat sat",
        "a dog ran",
        "sat",
        "zebra the cat",
        "dog dog dog",
        "on on cat",
    ):
        path = [n for token in ENGLISH.encode(text) for n in (token, 0)]
        logs = peaks(path, len(ENGLISH), 1 - 1e-9)
        said, _, _, logit, combined = decoder.decode_beams(logs)[0]
        assert said == text
        assert (combined - logit) / np.log(10) == pytest.approx(model.score(text), abs=1e-4)


def test_the_package_handles_silence_and_last_words_with_a_language_model():
    """It charges a trailing space as an unknown word, unless every text has one."""
    installed()
    options = {"frame_seconds": 0.02, "language_model": MODEL, "fast": True}
    silence = peaks([0, 0, 0, 0], 4, 0.9)
    assert beam_search(silence, SMALL, **options)[0].text == ""
    for path in ([2, 0, 1, 0], [2, 0, 1, 3, 1], [1, 2, 0, 0]):
        logs = peaks(path, 4, 0.9)
        theirs = beam_search(logs, SMALL, **options)[0]
        assert theirs.text == SMALL.text(path)
        ours = beam_search(logs, SMALL, **{**options, "fast": False})[0]
        assert (theirs.text, theirs.words) == (ours.text, ours.words)
        assert theirs.score == pytest.approx(ours.score, abs=0.01)


def test_the_package_is_taken_where_it_can_and_missed_where_it_must(monkeypatch):
    logs = random_logs(5, 4)
    monkeypatch.setitem(sys.modules, "ctc_beam_decoder", None)
    want = beam_search(logs, SMALL, frame_seconds=1.0, fast=False, language_model=MODEL)
    assert beam_search(logs, SMALL, frame_seconds=1.0, language_model=MODEL) == want
    with pytest.raises(ImportError, match=r"fast=True needs the package ctc-beam-decoder"):
        beam_search(logs, SMALL, frame_seconds=1.0, fast=True)


def test_the_package_is_refused_where_it_cannot():
    installed()
    logs = random_logs(5, 4)
    with pytest.raises(ValueError, match="a vocabulary of characters"):
        beam_search(logs, PIECES, frame_seconds=1.0, fast=True)
    with pytest.raises(ValueError, match="a finite min_logp"):
        beam_search(logs, SMALL, frame_seconds=1.0, fast=True, min_logp=-np.inf)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"beam": 0}, "`beam` must be an int > 0"),
        ({"n_best": 0}, "`n_best` must be an int > 0"),
        ({"alpha": -1}, "`alpha` must be a number >= 0"),
        ({"beta": None}, "`beta` must be a finite number"),
        ({"token_min_logp": 1.0}, "`token_min_logp` must be a number <= 0"),
        ({"min_logp": float("nan")}, "`min_logp` must be a number <= 0"),
        ({"frame_seconds": 0}, "`frame_seconds` must be a number > 0"),
        ({"hot_words": "word"}, "`hot_words` must be a list of words"),
        ({"fast": 1}, "`fast` must be True or False"),
    ],
)
def test_bad_options_are_refused(change, words):
    with pytest.raises(ValueError, match=f"beam_search: {words}"):
        beam_search(random_logs(3, 4), SMALL, **{"frame_seconds": 0.02, **change})


@pytest.mark.parametrize(
    ("logs", "words"),
    [
        (np.zeros((3, 5)), r"of shape \(frames, 4\)"),
        (np.zeros(4), r"of shape \(frames, 4\)"),
        (np.full((3, 4), np.nan), "without NaN"),
        (np.full((3, 4), 0.25), "logarithms of probabilities.*log_softmax"),
    ],
)
def test_what_is_no_log_probability_is_refused(logs, words):
    for decode in (greedy, beam_search):
        with pytest.raises(ValueError, match=f"`log_probabilities` must be {words}"):
            decode(logs, SMALL, frame_seconds=0.02)


def test_partial_words_have_scores_before_they_are_finished():
    model = train_kneser_ney(["abba ab"], order=1)
    options = {"alpha": 2.0, "beta": 0.5, "unknown_log10": -10.0}
    scores = WordScores(SMALL, model, **options, hot_words=["bbbb", "bb"], hot_word_weight=8.0)

    def after(text):
        arrays = np.zeros(1, int), np.zeros(1, int), np.zeros(1)
        for letter in text:
            arrays = scores.extend(*arrays, np.array([SMALL.tokens.index(letter)]))
        return scores.partial_scores[arrays[0][0]], arrays[2][0]

    assert [after("abba"[:n]) for n in range(5)] == [(0, 0)] * 5
    # Unknown: "aa". From the seventh letter on it costs more.
    assert after("aa") == after("aaaaaa") == (-10, 0)
    assert after("a" * 9) == (-15, 0)
    # Shares of a hot word by the shortest that it can become.
    assert [after("bbbb"[:n])[0] for n in range(1, 5)] == [4, 8, 6, 8]
    ab, unknown = (2 * np.log(10) * model.step((), word)[1] + 0.5 for word in ("ab", "bb"))
    assert after("ab a") == (0, pytest.approx(ab))
    assert after("bb ") == (0, pytest.approx(unknown - 20 * np.log(10) + 8))
    assert after("ab  ") == (0, pytest.approx(ab))


def test_a_language_model_in_another_case_is_refused():
    model = train_kneser_ney(["ONE TWO"], order=1)
    with pytest.raises(ValueError, match=r"model of words with .*\['ONE', 'TWO'\]"):
        beam_search(random_logs(3, 29), ENGLISH, frame_seconds=1.0, language_model=model)


@given(st.integers(0, 10**6), st.lists(st.integers(1, 3), max_size=4))
@settings(max_examples=40, deadline=None)
def test_the_alignment_is_the_likeliest_path_of_the_text(seed, tokens):
    import itertools

    logs = random_logs(5, 4, seed)
    ways = [
        path
        for path in itertools.product(range(4), repeat=5)
        if [run.token for run in collapse(path, 0)] == tokens
    ]
    runs = align(logs, tokens, 0)
    if not ways:
        assert runs == []
        return
    best = max(ways, key=lambda path: sum(logs[t, k] for t, k in enumerate(path)))
    assert runs == collapse(best, 0)


def test_long_clips_are_aligned_in_pieces(monkeypatch):
    logs, truth, _ = speech(1500, noise=1.0, seed=2)
    whole = beam_search(logs, ENGLISH, frame_seconds=0.02, fast=False)
    monkeypatch.setattr(aligning, "CELLS", 20_000)
    seen, aligned = [], aligning._aligned
    monkeypatch.setattr(
        aligning, "_aligned", lambda x, *a: seen.append(len(x)) or aligned(x, *a)
    )
    assert beam_search(logs, ENGLISH, frame_seconds=0.02, fast=False) == whole
    assert whole[0].text == truth
    assert max(seen) < 400
    installed()
    fast = beam_search(logs, ENGLISH, frame_seconds=0.02, fast=True)[0]
    assert fast.words == whole[0].words


def test_runs_are_joined_and_blanks_dropped():
    assert collapse([0, 2, 2, 0, 2, 1], 0) == [Run(2, 1, 3), Run(2, 4, 5), Run(1, 5, 6)]
    assert collapse([], 0) == []
    assert collapse(["a", "a", "-"], "-") == [Run("a", 0, 2)]


def test_a_beam_of_a_hundred_is_quick_enough_to_wait_for():
    """No measure of speed: see benchmarks/bench_ctc_beam.py."""
    logs = log_softmax(np.random.default_rng(0).normal(0, 1, (100, 32)))
    vocabulary = Vocabulary(("<blank>", " ", *(chr(0x4E00 + i) for i in range(30))))
    assert len(beam_search(logs, vocabulary, frame_seconds=0.02, n_best=5, fast=False)) == 5


@pytest.mark.parametrize("space", [None, 1])
def test_a_cut_loses_no_token(monkeypatch, space):
    path = [n for i in range(200) for n in (2 + i % 2, 0, 0, *([1, 0] if i % 5 == 4 else []))]
    logs = peaks(path, 4, 0.97)
    runs = collapse(path, 0)
    tokens, hints = [run.token for run in runs], [run.start for run in runs]
    monkeypatch.setattr(aligning, "CELLS", 3000)
    cut = align(logs, tokens, 0, space, hints)
    assert [run.token for run in cut] == tokens
    letters = [run for run in cut if run.token != 1]
    assert letters == [run for run in runs if run.token != 1]
