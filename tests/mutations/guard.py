"""A pytest plugin: refuses to run unless `kapre_like` and its models are those of the copy."""

import importlib.util
import os
import pathlib

import pytest


def pytest_configure(config):
    folder = pathlib.Path(os.environ["KAPRE_LIKE_MUTANT"]).resolve()
    for name in ("kapre_like", "kapre_like.models"):
        origin = pathlib.Path(importlib.util.find_spec(name).origin).resolve()
        if folder not in origin.parents:
            raise pytest.UsageError(f"{name} is {origin}, not the mutant in {folder}")
