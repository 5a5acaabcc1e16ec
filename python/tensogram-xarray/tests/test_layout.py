"""What messages say of the dataset they are a part of: with it, without it, and spoilt."""

import copy

import numpy as np
import pytest
import xarray as xr

import tensogram
from tensogram_xarray import open_datasets, to_tensogram

DATASET = xr.Dataset(
    {"t": (("lon", "lat"), np.arange(9.0).reshape(3, 3), {"units": "K"}), "s": ("lat", ["a", "bc", ""])},
    {"lat": [1.0, 2, 3]},
    {"title": "layout"},
)


@pytest.fixture
def path(tmp_path):
    return str(tmp_path / "a.tgm")


def rewritten(path, change) -> xr.Dataset:
    """The dataset opened after a change to the metadata of its only message."""
    to_tensogram(DATASET, path)
    metadata, objects = tensogram.TensogramFile.open(path)[0]
    base = [{key: value for key, value in entry.items() if key != "_reserved_"} for entry in metadata.base]
    changed = {"base": copy.deepcopy(base), "_extra_": copy.deepcopy(metadata.extra)}
    change(changed)
    described = [
        ({"type": "ntensor", "shape": d.shape, "dtype": d.dtype, "byte_order": d.byte_order}, values)
        for d, values in objects
    ]
    with tensogram.TensogramFile.create(path) as file:
        file.append(changed, described)
    return xr.open_dataset(path, engine="tensogram")


def entry(number, **changes):
    def change(metadata):
        metadata["base"][number]["xarray"] |= changes

    return change


def extra(**changes):
    def change(metadata):
        metadata["_extra_"]["xarray"] |= changes

    return change


def test_unchanged(path):
    xr.testing.assert_identical(rewritten(path, lambda metadata: None), DATASET)


SPOILT = {
    "no map": lambda metadata: metadata["base"][0].update(xarray=3),
    "no entry": lambda metadata: metadata["base"][0].pop("xarray"),
    "no dims": entry(0, dims=None),
    "too few dims": entry(0, dims=["lon"]),
    "equal dims": entry(0, dims=["lon", "lon"]),
    "dims are no text": entry(0, dims=["lon", 3]),
    "an empty dim": entry(0, dims=["lon", ""]),
    "no name": entry(0, name=None),
    "an unknown name": entry(0, name="q"),
    "a negative start": entry(0, start=[-1, 0]),
    "a start of another rank": entry(0, start=[0]),
    "a start that is no number": entry(0, start=[0, True]),
    "a huge shape": entry(0, shape=[2**62, 2**62]),
    "text of no kind": entry(1, text="klingon"),
    "a text that is a scalar": entry(2, text="str", dims=["a", "b"]),
}


@pytest.mark.parametrize("case", SPOILT)
def test_what_is_spoilt_is_read_as_if_by_another_writer(path, log, case):
    back = rewritten(path, SPOILT[case])
    assert "read as if by another writer" in log.text
    assert np.array_equal(back["t"].values, DATASET["t"])
    assert len(open_datasets(path)) > 1


OTHERS = {
    "a later version": extra(version=2),
    "no version": extra(version=None),
    "no dataset": extra(dataset=3),
    "no names": extra(names={}),
    "equal names": extra(names=["t", "t", "s", "lat"]),
    "a group that is no text": extra(group=3),
    "nothing": lambda metadata: metadata["_extra_"].pop("xarray"),
}


@pytest.mark.parametrize("case", OTHERS)
def test_what_is_not_ours_is_read_as_if_by_another_writer(path, case):
    assert np.array_equal(rewritten(path, OTHERS[case])["t"].values, DATASET["t"])


HARMLESS = {
    "types": entry(0, types={"units": ["float32", 3]}),
    "types of no kind": entry(0, types={"units": "V1000000000000"}),
    "a type that is no type": entry(0, types={"units": [[], {}]}),
    "types that are none": entry(0, types=3),
    "decoding of no kind": entry(0, decode={"times": "fortnight", "durations": 3}),
    "decoding that is none": entry(0, decode=[1]),
    "a role of no kind": entry(0, role=3),
    "a cast of no kind": entry(0, cast="V1000000000000"),
    "attributes that are none": entry(0, attrs=3),
    "encoding that is none": entry(0, encoding="x"),
}


@pytest.mark.parametrize("case", HARMLESS)
def test_what_is_odd_and_does_no_harm(path, case):
    xr.testing.assert_identical(rewritten(path, HARMLESS[case]), DATASET)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (
            entry(0, shape=[3, 4]),
            r"does not have all of variable 't': the block of shape \(3, 4\) at \(0, 0\) has shape",
        ),
        (entry(0, start=[1, 0]), "does not have all of variable 't'"),
        (extra(names=["t", "s", "lat", "u"]), "does not have variable 'u'"),
    ],
    ids=["a wrong shape", "a wrong start", "one that is missing"],
)
def test_what_is_not_all_there(path, change, reason):
    with pytest.raises(ValueError, match=reason):
        rewritten(path, change)


def test_times_that_cannot_be_decoded(path):
    """Nobody gets values that are taken for something else."""

    def change(metadata):
        metadata["base"][0]["units"] = "x since y"
        metadata["base"][0]["xarray"]["decode"] = {"times": "ns"}

    with pytest.raises(ValueError, match="x since y"):
        rewritten(path, change)


def test_dimensions_that_do_not_fit_together(path):
    def change(metadata):
        metadata["base"][1]["xarray"]["dims"] = ["x", "lat"]
        del metadata["base"][1]["xarray"]["text"]

    with pytest.raises(ValueError, match="conflicting sizes for dimension 'lat'"):
        rewritten(path, change)


class TestTheCallersOwnWay:
    """`dim_names` and `variable_key` find names as in files of other writers."""

    def test_variable_key(self, path):
        to_tensogram(DATASET, path)
        assert "K" in xr.open_dataset(path, engine="tensogram", variable_key="units")
        assert any("K" in ds for ds in open_datasets(path, variable_key="units"))

    def test_dim_names(self, path):
        to_tensogram(DATASET[["t"]], path)
        assert xr.open_dataset(path, engine="tensogram", dim_names=["p", "q"])["t"].dims == ("p", "q")


def test_what_else_can_be_done_with_it(path):
    to_tensogram(DATASET, path)
    kept = xr.open_dataset(path, engine="tensogram", drop_variables=["s", "lat"])
    assert list(kept.variables) == ["t"]
    with xr.open_dataset(path, engine="tensogram", scalar_coords="units", drop_variables="s") as promoted:
        assert promoted["units"] == "K"
    flat = xr.open_dataset(path, engine="tensogram", flatten_attrs=True)
    assert flat.attrs == DATASET.attrs
    lazy = xr.open_dataset(path, engine="tensogram", create_default_indexes=False)
    assert not lazy.indexes
    assert lazy.encoding["source"] == path
    for source in ((content := open(path, "rb").read()), memoryview(content)):  # noqa: SIM115, PTH123
        xr.testing.assert_identical(xr.open_dataset(source, engine="tensogram"), DATASET)
    with open(path, "rb") as file:  # noqa: PTH123
        xr.testing.assert_identical(xr.open_dataset(file, engine="tensogram"), DATASET)
