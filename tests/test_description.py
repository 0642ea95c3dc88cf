"""`Description`: quantities before and after training, as table and as picture."""

import numpy as np

from kapre_like.description import Description

NOW = {"centre_hz": [100.0, 250.0], "slope": [1.0, 1.5]}
INITIAL = {"centre_hz": [100.0, 200.0], "slope": [1.0, 1.0]}


def test_table_holds_both_states():
    table = Description(NOW, INITIAL, "bands").table()
    assert list(table) == ["centre_hz", "slope", "initial_centre_hz", "initial_slope"]
    np.testing.assert_array_equal(table["centre_hz"] - table["initial_centre_hz"], [0, 50])


def test_plot_draws_each_quantity_twice_and_writes_the_file(tmp_path):
    figure = Description(NOW, INITIAL, "bands").plot(tmp_path / "bands.png")
    first, second = figure.axes
    assert first.get_ylabel() == "centre (hz)"
    assert second.get_ylabel() == "slope"
    drawn = [line.get_ydata().tolist() for line in first.lines]
    assert drawn == [INITIAL["centre_hz"], NOW["centre_hz"]]
    assert (tmp_path / "bands.png").read_bytes().startswith(b"\x89PNG")


def test_repr_names_the_quantities():
    assert repr(Description(NOW, INITIAL, "mel bands")) == "<mel bands: centre_hz, slope of 2>"
