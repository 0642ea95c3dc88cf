"""Spells numbers as English words, as they are read aloud."""

import re

_SMALL = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
    "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen",
    "nineteen",
)  # fmt: skip
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_SCALES = ((1_000_000, "million"), (1_000, "thousand"))
# Digits with or without thousands separators, and a decimal part.
_NUMBER = re.compile(r"([0-9]{1,3}(?:,[0-9]{3})+(?![0-9])|[0-9]+)(?:\.([0-9]+))?")


def spell_numbers(text: str) -> str:
    """Replaces the numbers in a text with English words.

    Numbers below a billion are spelled as a whole: 1,205 is "one thousand two hundred five".
    Larger numbers, numbers with a leading zero, and digits after a decimal point are spelled
    digit by digit: 3.14 is "three point one four". Digits of other scripts are not changed.
    """
    return _NUMBER.sub(_words_of_match, text)


def _words_of_match(match: re.Match[str]) -> str:
    digits = match[1].replace(",", "")
    plain = digits == "0" or (digits[0] != "0" and len(digits) <= 9)
    words = spell(int(digits)) if plain else _one_by_one(digits)
    if match[2]:
        words += f" point {_one_by_one(match[2])}"
    # Add spaces, so that the words do not join the letters next to the digits ("2nd", "5g").
    return f" {words} "


def _one_by_one(digits: str) -> str:
    return " ".join(_SMALL[int(digit)] for digit in digits)


def spell(number: int) -> str:
    """Spells an integer from 0 to 999,999,999, without "and"."""
    for size, name in _SCALES:
        if number >= size:
            head, rest = divmod(number, size)
            return f"{spell(head)} {name}" + (f" {spell(rest)}" if rest else "")
    if number >= 100:
        head, rest = divmod(number, 100)
        return f"{_SMALL[head]} hundred" + (f" {spell(rest)}" if rest else "")
    if number < 20:
        return _SMALL[number]
    head, rest = divmod(number, 10)
    return _TENS[head - 2] + (f" {_SMALL[rest]}" if rest else "")
