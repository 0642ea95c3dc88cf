"""`audio.split_column`: what each value of a split column means."""

import pandas as pd
import pytest

from kapre_like.audio.split_column import leaking_groups, split_words


def words(values, test_split=None):
    return split_words("m.csv", pd.Series(values), test_split).tolist()


def test_the_usual_words_in_any_case():
    given = ["train", "Valid", "DEV", "validation", " test ", "unused"]
    assert words(given) == ["train", "valid", "valid", "valid", "test", "unused"]


def test_another_test_split_beside_train_rows():
    given = ["train", "dev", "test", "test-other", "extra"]
    assert words(given, "test-other") == ["train", "valid", "unused", "test", "unused"]


def test_without_train_rows_every_other_row_trains():
    assert words(["george", "theo", "lucas"], "theo") == ["train", "test", "train"]


def test_the_error_for_unknown_words_has_the_fix():
    with pytest.raises(ValueError, match=r"unknown split 'a', 'b'.*--test-split a"):
        words(["train", "b", "a"])


def test_a_test_split_of_no_row_lists_what_there_is():
    with pytest.raises(ValueError, match=r"no row has the split 'zoe'.*george, theo"):
        words(["george", "theo"], "zoe")


def test_groups_on_both_sides_are_found():
    table = pd.DataFrame(
        {
            "group": list("aabbcc"),
            "split": ["train", "test", "train", "train", "test", "unused"],
        }
    )
    assert leaking_groups(table) == ["a"]
