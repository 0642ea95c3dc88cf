"""Text rules, numbers in words, vocabularies of characters and of subwords."""

import json
import sys

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from kapre_like.models.text import TextRule, Vocabulary
from kapre_like.models.text.spelled_numbers import spell, spell_numbers

TEXTS = ["The cat sat on the mat", "a dog's dinner", "the cat ran", "thesis, theme & theory"]


@pytest.mark.parametrize(
    ("options", "text", "want"),
    [
        ({}, "  Hello,\tWorld! ", "hello world"),
        ({}, "Don\u2019t \u2018quote\u2019 rock 'n' roll's", "don't quote rock n roll's"),
        ({}, "well-known ﬁsh … ½", "well known fish 1 2"),
        ({}, "'", ""),
        ({"case": "upper"}, "Straße", "STRASSE"),
        ({"case": "keep", "punctuation": "keep"}, "A  b, C.", "A b, C."),
        ({"numbers": "words"}, "2nd of 1,205 3.14 007", "two nd of one thousand two hundred "
         "five three point one four zero zero seven"),
        ({"numbers": "keep"}, "7 8", "7 8"),
    ],
)  # fmt: skip
def test_a_rule_writes_texts_in_one_form(options, text, want):
    assert TextRule(**options)(text) == want


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (0, "zero"), (13, "thirteen"), (20, "twenty"), (99, "ninety nine"),
        (100, "one hundred"), (110, "one hundred ten"), (1000, "one thousand"),
        (1001, "one thousand one"), (1_000_000, "one million"),
        (999_999_999, "nine hundred ninety nine million nine hundred ninety nine thousand "
         "nine hundred ninety nine"),
    ],
)  # fmt: skip
def test_numbers_are_spelled(number, words):
    assert spell(number) == words
    assert spell_numbers(str(number)).strip() == words


def test_numbers_too_long_are_read_digit_by_digit():
    assert spell_numbers("1,2345 .5").split() == [
        "one", ",", "two", "thousand", "three", "hundred", "forty", "five", ".", "five",
    ]  # fmt: skip
    assert spell_numbers("1234567890").split() == [spell(i % 10) for i in range(1, 11)]


@example("ŉ")
@example("ϓ̈")
@given(st.text())
def test_a_rule_leaves_its_own_texts_as_they_are(text):
    for rule in (TextRule(), TextRule("upper", "keep"), TextRule("keep", numbers="words")):
        once = rule(text)
        assert rule(once) == once
        assert once == " ".join(once.split())
        assert TextRule.from_json(json.loads(json.dumps(rule.to_json()))) == rule


def test_bad_rules_are_refused():
    for name in ("case", "punctuation", "numbers"):
        with pytest.raises(ValueError, match=rf"TextRule: `{name}` must be one of"):
            TextRule(**{name: "other"})
    with pytest.raises(ValueError, match=r"TextRule: `table` must be a table of \['case'"):
        TextRule.from_json({"kase": "lower"})
    with pytest.raises(ValueError, match="TextRule: `text` must be a string"):
        TextRule()(None)


def test_characters_are_learned_with_blank_and_space_first():
    vocabulary = Vocabulary.learned(["Ba!", "ab"])
    assert vocabulary.tokens == ("<blank>", " ", "a", "b")
    assert (vocabulary.blank, len(vocabulary)) == (0, 4)
    assert vocabulary.encode("A  ba") == [2, 1, 3, 2]
    assert vocabulary.text([0, 2, 2, 0, 1, 1, 3, 1]) == "aa b"


def test_characters_that_are_missing_are_named_each_once():
    vocabulary = Vocabulary.learned(["ab"])
    assert vocabulary.unknown("xaxy z") == ["x", "y", "z"]
    with pytest.raises(ValueError, match=r"`text` must be .* do not include \['x', 'y'\]"):
        vocabulary.encode("axay")
    # The names of the blank and of ignored tokens are no text.
    ignoring = Vocabulary(("a", "b", "c"), blank=1, ignored=(2,))
    assert ignoring.unknown("abc") == ["b", "c"]
    assert ignoring.text([0, 1, 2, 0]) == "aa"


@given(st.lists(st.sampled_from(["the", "cat", "theme", "dog's", "a"]), max_size=8))
def test_encoded_texts_come_back(words):
    text = " ".join(words)
    for kind, size in (("characters", None), ("subwords", 40)):
        vocabulary = _learned(kind, size)
        numbers = vocabulary.encode(text)
        assert vocabulary.blank not in numbers
        assert vocabulary.text(numbers) == text
        again = Vocabulary.from_json(json.loads(json.dumps(vocabulary.to_json())))
        assert again == vocabulary
        assert again.encode(text) == numbers


def _learned(kind, size, cache={}):  # noqa: B006
    if kind not in cache:
        cache[kind] = Vocabulary.learned(TEXTS, kind=kind, size=size)
    return cache[kind]


def test_subwords_are_fewer_tokens_than_letters():
    vocabulary = _learned("subwords", 40)
    assert len(vocabulary) <= 40
    assert len(vocabulary.encode("the cat the cat")) < len("the cat the cat") / 2
    assert vocabulary.unknown("thé cat") == ["é"]
    with pytest.raises(ValueError, match=r"do not include \['é'\]"):
        vocabulary.encode("thé")


def test_subwords_need_room_for_every_letter_and_their_package(monkeypatch):
    with pytest.raises(ValueError, match=r"`size` must be at least \d+, because each"):
        Vocabulary.learned(TEXTS, kind="subwords", size=5)
    with pytest.raises(ValueError, match="`size` must be None without subwords"):
        Vocabulary.learned(TEXTS, size=50)
    monkeypatch.setitem(sys.modules, "tokenizers", None)
    with pytest.raises(ImportError, match=r"pip install 'kapre-like\[text\]'"):
        Vocabulary.learned(TEXTS, kind="subwords")


@pytest.mark.parametrize(
    ("options", "name"),
    [
        ({"tokens": ("a", "a")}, "tokens"),
        ({"tokens": ("a", 3)}, "tokens"),
        ({"tokens": ("a",), "blank": 1}, "blank"),
        ({"tokens": ("a",), "ignored": (-1,)}, "ignored"),
        ({"tokens": ("a",), "kind": "sentences"}, "kind"),
    ],
)
def test_bad_vocabularies_are_refused(options, name):
    with pytest.raises(ValueError, match=f"Vocabulary: `{name}` must be"):
        Vocabulary(**options)


def test_nothing_to_learn_is_refused():
    with pytest.raises(ValueError, match=r"Vocabulary\.learned: `texts` must be texts with"):
        Vocabulary.learned(["", "!"])
    for table in ([], {"blank": 0}, {"tokens": ["a"], "more": 1}):
        with pytest.raises(ValueError, match="Vocabulary: `table` must be a table"):
            Vocabulary.from_json(table)
