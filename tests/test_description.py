"""`Description`: quantities before and after training, as table and as picture."""

import numpy as np

from kapre_like.description import Description

NOW = {"center_hz": [100.0, 250.0], "slope": [1.0, 1.5]}
INITIAL = {"center_hz": [100.0, 200.0], "slope": [1.0, 1.0]}


def test_table_holds_both_states():
    table = Description(NOW, INITIAL, "bands").table()
    assert list(table) == ["center_hz", "slope", "initial_center_hz", "initial_slope"]
    np.testing.assert_array_equal(table["center_hz"] - table["initial_center_hz"], [0, 50])


def test_plot_draws_each_quantity_twice_and_writes_the_file(tmp_path):
    figure = Description(NOW, INITIAL, "bands").plot(tmp_path / "bands.png")
    first, second = figure.axes
    assert first.get_ylabel() == "center (hz)"
    assert second.get_ylabel() == "slope"
    drawn = [line.get_ydata().tolist() for line in first.lines]
    assert drawn == [INITIAL["center_hz"], NOW["center_hz"]]
    assert (tmp_path / "bands.png").read_bytes().startswith(b"\x89PNG")


def test_repr_names_the_quantities():
    assert repr(Description(NOW, INITIAL, "mel bands")) == "<mel bands: center_hz, slope of 2>"
