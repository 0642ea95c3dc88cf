"""The arguments that `PreEmphasis` and `DeEmphasis` share."""

from kapre_like import _check


def check_emphasis(owner, *, coefficient, start):
    """Raises unless the two are in the domain that both layers share."""
    _check.non_negative(owner, coefficient=coefficient)
    if coefficient > 1:
        _check.fail(owner, "coefficient", "a number in 0 .. 1", coefficient)
    _check.one_of(owner, ("zero", "repeat", "extrapolate"), start=start)
