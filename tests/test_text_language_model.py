"""N-gram models: back-off by hand, Kneser-Ney by its formulas, broken files in one line."""

import gzip
import itertools
import math
from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kapre_like.models.text import LanguageModel, train_kneser_ney
from kapre_like.models.text.kneser_ney import FALLBACK, _discounts

ARPA = """some remark

\\data\\
ngram 1=5
ngram 2=3
ngram 3=1

\\1-grams:
-1.0\t<unk>
-99\t<s>\t-0.5
-1.2\t</s>
-0.7\tone\t-0.3
-0.9\tzwölf\t-0.2

\\2-grams:
-0.4\t<s> one\t-0.1
-0.6\tone zwölf\t-0.25
-0.8\tone </s>

\\3-grams:
-0.15\t<s> one zwölf

\\end\\
"""
LINES = ["the cat sat", "the cat ran", "a dog sat on the cat", "the dog", "sat", "cat cat cat"]


@pytest.fixture
def arpa(tmp_path):
    path = tmp_path / "m.arpa"
    path.write_text(ARPA, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("words", "options", "want"),
    [
        ("one zwölf", {}, -0.4 - 0.15 + (-0.25 - 0.2 - 1.2)),
        ("one", {}, -0.4 + (-0.1 - 0.8)),
        ("zwölf one", {}, (-0.5 - 0.9) + (-0.2 - 0.7) - 0.8),
        # No n-gram reaches over an unknown word.
        ("one other one", {}, -0.4 + (-0.1 - 0.3 - 1.0) - 0.7 - 0.8),
        ("one zwölf", {"bos": False}, -0.7 - 0.6 + (-0.25 - 0.2 - 1.2)),
        ("one", {"eos": False}, -0.4),
        ("", {}, -0.5 - 1.2),
        ("", {"bos": False, "eos": False}, 0.0),
    ],
)
def test_scores_back_off_as_worked_out_by_hand(arpa, words, options, want):
    model = LanguageModel.from_arpa(arpa)
    assert model.score(words, **options) == pytest.approx(want)
    assert model.score(words.split(), **options) == pytest.approx(want)
    assert (model.order, model.words) == (3, {"one", "zwölf"})


def test_states_are_no_longer_than_what_has_an_effect(arpa):
    model = LanguageModel.from_arpa(arpa)
    state = model.start()
    for word, length in (("one", 2), ("zwölf", 2), ("one", 1), ("other", 1), ("zwölf", 1)):
        state, _ = model.step(state, word)
        assert len(state) == length
    assert model.start(bos=False) == ()


def test_a_file_without_unknown_words_gives_them_next_to_nothing(tmp_path):
    path = tmp_path / "m.arpa"
    path.write_text("\\data\\\nngram 1=2\n\\1-grams:\n-0.3 a\n-0.3 </s>\n\\end\\\n")
    assert LanguageModel.from_arpa(path).score("a b") == pytest.approx(-0.3 - 100 - 0.3)


@pytest.mark.parametrize("name", ["m.arpa", "m.arpa.gz"])
def test_what_is_written_is_read_the_same(tmp_path, arpa, name):
    for model in (LanguageModel.from_arpa(arpa), train_kneser_ney(LINES, 3)):
        model.write_arpa(tmp_path / name)
        again = LanguageModel.from_arpa(tmp_path / name)
        for words in ("one zwölf one", "the cat sat on", "a dog", "dog the"):
            assert again.score(words) == pytest.approx(model.score(words), abs=1e-5)
    assert (gzip.decompress if name.endswith("gz") else bytes)(
        (tmp_path / name).read_bytes()
    ).startswith(b"\\data\\\n")


def test_the_file_of_a_trained_model_is_deleted_with_it():
    model = train_kneser_ney(["a"], 1)
    path = model.arpa_file()
    assert path.read_text().startswith("\\data")
    assert model.arpa_file() == path
    del model
    assert not path.exists()


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        ("\\data\\", "data", 23, r"the file has no line \\data\\"),
        ("ngram 1=5\nngram 2=3\nngram 3=1\n", "", 5, "no line such as `ngram 1=5`"),
        ("ngram 2=3", "ngram 3=3", 5, "must be `ngram 2=` and a number"),
        ("ngram 2=3", "ngram 2=x", 5, "must be `ngram 2=` and a number"),
        ("ngram 2=3", "ngram 2=4", 20, "must be a number, 2 words and a weight"),
        ("ngram 2=3", "ngram 2=2", 18, r"must be \\3-grams:"),
        ("\\2-grams:", "\\4-grams:", 15, r"must be \\2-grams:"),
        ("-0.6\tone", "x\tone", 17, "must start and end with a number"),
        ("-0.25", "weight", 17, "must start and end with a number"),
        ("one </s>", "one", 18, "must be a number, 2 words and a weight"),
        ("\\end\\\n", "", 22, r"must be \\end\\. Received: ''"),
        ("ngram 3=1", "ngram 3=5", 23, "must be a number, 3 words"),
    ],
)  # fmt: skip
def test_a_broken_file_is_named_with_its_line(tmp_path, old, new, line, words):
    path = tmp_path / "m.arpa"
    assert old in ARPA
    path.write_text(ARPA.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(
        ValueError, match=rf"^LanguageModel: .*m\.arpa, line {line}: .*{words}"
    ) as e:
        LanguageModel.from_arpa(path)
    assert "\n" not in str(e.value)
    assert str(e.value).endswith("Write it again with kapre-like lm, or use another file.")


def test_a_file_that_is_cut_short_or_no_text_is_named(tmp_path, arpa):
    with pytest.raises(ValueError, match=r"`path` must be an existing ARPA file.*lm"):
        LanguageModel.from_arpa(tmp_path / "none.arpa")
    text = ARPA[: ARPA.index("\n-0.9")]
    arpa.write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match="the file ends after 4 of 5 1-grams"):
        LanguageModel.from_arpa(arpa)
    arpa.write_bytes(b"mmap lm http://kheafield.com/code\n\xff\xfe\x00")
    with pytest.raises(ValueError, match=r"line [01]: is not UTF-8 text.*binary"):
        LanguageModel.from_arpa(arpa)
    packed = gzip.compress(ARPA.encode() + np.random.default_rng(0).bytes(5000))
    for broken in (packed[:-2000], packed[:40] + b"\0\1\2" + packed[43:]):
        arpa.write_bytes(broken)
        with pytest.raises(ValueError, match=r"LanguageModel: .*line \d+: ") as e:
            LanguageModel.from_arpa(arpa)
        assert "\n" not in str(e.value)


def test_a_model_needs_tables():
    with pytest.raises(ValueError, match="LanguageModel: `tables` must be n-grams of order 1"):
        LanguageModel([])


class ByFormula:
    """Interpolated modified Kneser-Ney word by word, from its definition."""

    def __init__(self, lines, order):
        self.sentences = [["<s>", *line.split(), "</s>"] for line in lines if line.split()]
        self.order = order
        seen = {w for s in self.sentences for w in s}
        self.vocabulary = sorted((seen | {"<unk>"}) - {"<s>"})
        self.counts = [self.adjusted(n) for n in range(1, order + 1)]
        self.discount = [_discounts(np.array(list(c.values()))) for c in self.counts]

    def raw(self, n):
        return Counter(
            tuple(s[i : i + n]) for s in self.sentences for i in range(len(s) - n + 1)
        )

    def adjusted(self, n):
        counts = self.raw(n)
        if n < self.order:
            above = self.raw(n + 1)
            followed = Counter(gram[1:] for gram in above)
            counts = {g: c if g[0] == "<s>" else followed[g] for g, c in counts.items()}
        return {g: c for g, c in counts.items() if g != ("<s>",)}

    def probability(self, word, context):
        n = len(context) + 1
        lower = 1 / len(self.vocabulary) if n == 1 else self.probability(word, context[1:])
        behind = {g[-1]: c for g, c in self.counts[n - 1].items() if g[:-1] == context}
        total = sum(behind.values())
        if not total:
            return lower
        d = self.discount[n - 1]
        given = sum(d[min(c, 3)] for c in behind.values())
        own = behind[word] - d[min(behind[word], 3)] if word in behind else 0
        return own / total + given / total * lower


def many_lines(seed=0, n=300):
    rng = np.random.default_rng(seed)
    words = np.array([f"w{i}" for i in range(60)])
    p = 1 / np.arange(1, 61)
    return [" ".join(rng.choice(words, rng.integers(1, 7), p=p / p.sum())) for _ in range(n)]


@pytest.mark.parametrize("order", [1, 2, 3, 4])
@pytest.mark.parametrize("lines", [LINES, many_lines()], ids=["few", "many"])
def test_probabilities_are_those_of_the_formula(lines, order):
    want = ByFormula(lines, order)
    model = train_kneser_ney(lines, order)
    if order == 3 and lines is not LINES:
        assert all(tuple(d[1:]) != FALLBACK for d in want.discount[1:])
    for words in (*lines[:4], "dog cat", "w3 w1 w0 w5", "unheard cat"):
        history = ("<s>",)
        state = model.start()
        for word in (*words.split(), "</s>"):
            known = word if word in want.vocabulary else "<unk>"
            context = history[max(0, len(history) - order + 1) :]
            p = want.probability(known, context)
            state, log10 = model.step(state, word)
            assert log10 == pytest.approx(math.log10(p), abs=1e-9)
            history = (*history, known)


@given(
    st.lists(
        st.lists(st.sampled_from("abcd"), max_size=6).map(" ".join), min_size=1, max_size=12
    ),
    st.integers(1, 4),
)
@settings(max_examples=40, deadline=None)
def test_probabilities_behind_every_context_sum_to_one(lines, order):
    if not any(lines):
        return
    model = train_kneser_ney(lines, order)
    words = [*model.words, "</s>", "<unk>"]
    for n in range(3):
        for history in itertools.product([*model.words, "<unk>"], repeat=n):
            for begin in (True, False):
                state = model.start(bos=begin)
                for word in history:
                    state, _ = model.step(state, word)
                total = sum(10 ** model.step(state, word)[1] for word in words)
                assert total == pytest.approx(1.0, abs=1e-9)


def test_discounts_are_estimated_or_fall_back():
    # t1 = 4, t2 = 3, t3 = 2, t4 = 1: Y = 4 / 10.
    counts = np.repeat([1, 2, 3, 4, 9], [4, 3, 2, 1, 7])
    want = [0, 1 - 2 * 0.4 * 3 / 4, 2 - 3 * 0.4 * 2 / 3, 3 - 4 * 0.4 * 1 / 2]
    np.testing.assert_allclose(_discounts(counts), want)
    for bad in (counts[counts != 4], np.repeat([1, 2, 3, 4], [5, 1, 9, 1])):
        assert tuple(_discounts(bad)) == (0, *FALLBACK)


def test_texts_without_words_and_reserved_words_are_refused():
    with pytest.raises(ValueError, match="train_kneser_ney: `lines` must be texts with words"):
        train_kneser_ney(["", "  "])
    with pytest.raises(ValueError, match="`line 2` must be a text without the word '</s>'"):
        train_kneser_ney(["a", "b </s>"])
    for order in (0, 1.5):
        with pytest.raises(ValueError, match="`order` must be an int > 0"):
            train_kneser_ney(["a"], order)
