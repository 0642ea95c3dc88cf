"""The mutations are forty, fresh, and name tests that exist; `make mutations` tries them."""

import ast
import pathlib

import pytest
from mutations.table import MUTATIONS

HERE = pathlib.Path(__file__).parent
GROUPS = {"layers", "ops", "masks", "export", "training", "checkpoints", "verdict"}


def test_there_are_forty_of_every_kind_under_forty_names():
    assert len({mutation.name for mutation in MUTATIONS}) == len(MUTATIONS) >= 40
    assert {mutation.group for mutation in MUTATIONS} == GROUPS


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.name)
def test_the_old_text_of_a_mutation_occurs_once_and_its_tests_exist(mutation):
    text = (HERE.parent / mutation.path).read_text(encoding="utf-8")
    assert text.count(mutation.old) == 1
    assert mutation.new != mutation.old
    ast.parse(text.replace(mutation.old, mutation.new))
    assert mutation.tests
    for test in mutation.tests:
        file, _, function = test.partition("::")
        tree = ast.parse((HERE / file).read_text(encoding="utf-8"))
        names = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
        assert not function or function.partition("[")[0] in names, test
