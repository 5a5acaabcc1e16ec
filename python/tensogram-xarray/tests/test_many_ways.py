"""All the ways that xarray has of opening: one file or many, as datasets, arrays, groups, by any kind of name."""

import io
import pathlib

import numpy as np
import pandas as pd
import pytest
import tgm
import xarray as xr

import tensogram_xarray  # noqa: F401 (for the accessor)


def day(number: int) -> xr.Dataset:
    times = pd.date_range(f"2020-01-{number + 1:02}", periods=4, freq="6h")
    values = np.arange(4 * 6.0).reshape(4, 2, 3) + 100 * number
    return xr.Dataset(
        {"t": (("time", "y", "x"), values, {"units": "K"}), "flag": ("time", [True, False, True, number > 1])},
        {"time": times, "x": [1, 2, 3], "station": ("y", ["a", "bcd"])},
        {"title": "days"},
    )


@pytest.fixture
def paths(tmp_path):
    found = [tmp_path / f"day{n}.tgm" for n in range(3)]
    for number, path in enumerate(found):
        day(number).tensogram.to_file(path)
    return found


class TestManyFiles:
    EXPECTED = xr.concat([day(n) for n in range(3)], "time", data_vars="minimal", coords="minimal", compat="override")

    @pytest.mark.parametrize("parallel", [False, True])
    @pytest.mark.parametrize(
        "combine", [{"combine": "by_coords"}, {"combine": "nested", "concat_dim": "time"}], ids=str
    )
    def test_combined(self, paths, combine, parallel):
        options = {"data_vars": "minimal", "coords": "minimal", "compat": "override"}
        with xr.open_mfdataset(paths, engine="tensogram", parallel=parallel, **combine, **options) as dataset:
            assert dataset["t"].chunks == ((4, 4, 4), (2,), (3,))
            xr.testing.assert_identical(dataset.load(), self.EXPECTED)

    def test_without_a_word_of_the_engine(self, paths):
        """The extension is enough."""
        with xr.open_mfdataset([str(path) for path in reversed(paths)]) as dataset:
            assert np.array_equal(dataset["time"], self.EXPECTED["time"])

    def test_preprocessed(self, paths):
        def first(dataset):
            return dataset[["t"]].isel(time=[0])

        with xr.open_mfdataset(paths, engine="tensogram", preprocess=first) as dataset:
            assert dataset["t"][:, 0, 0].values.tolist() == [0, 100, 200]

    def test_to_one_file_again(self, paths, tmp_path):
        """As daily files become one of a month, a message a day."""
        target = tmp_path / "month.tgm"
        with xr.open_mfdataset(
            paths, engine="tensogram", data_vars="minimal", coords="minimal", compat="override"
        ) as dataset:
            dataset.tensogram.to_file(target, append_dim="time")
        with xr.open_dataset(target, engine="tensogram", chunks={}) as month:
            assert month["t"].chunks[0] == (4, 4, 4)
            xr.testing.assert_identical(month.load(), self.EXPECTED)


class TestNames:
    @pytest.mark.parametrize(
        "kind",
        [str, pathlib.Path, lambda p: f"file://{p}", lambda p: p.read_bytes(), lambda p: io.BytesIO(p.read_bytes())],
        ids=["str", "Path", "file URL", "bytes", "file object"],
    )
    def test_of_one_file(self, paths, kind):
        engine = {"engine": "tensogram"}
        with xr.open_dataset(kind(paths[0]), **engine) as dataset:
            xr.testing.assert_identical(dataset, day(0))
        with xr.open_datatree(kind(paths[0]), **engine) as tree:
            xr.testing.assert_identical(tree["dataset_0"].to_dataset(inherit=False), day(0))

    def test_of_a_file_without_extension(self, paths, tmp_path):
        """Its first bytes tell."""
        plain = paths[0].rename(tmp_path / "plain")
        xr.testing.assert_identical(xr.open_dataset(plain), day(0))
        with plain.open("rb") as file:
            xr.testing.assert_identical(xr.open_dataset(file), day(0))

    def test_of_one_array(self, paths):
        assert xr.open_dataarray(paths[0], engine="tensogram", drop_variables="flag").identical(day(0)["t"])


class TestGroups:
    """A node for each message, by number or by what its metadata say."""

    @pytest.fixture
    def path(self, tmp_path):
        steps = [
            tgm.message(tgm.named("t", tgm.field(2, 3) + n, {"mars": {"step": 6 * n, "type": "fc/an"}}), hour=f"0{n}/z")
            for n in range(3)
        ]
        return tgm.write(tmp_path / "a.tgm", *steps)

    @pytest.mark.parametrize(
        ("key", "names"),
        [
            (None, ["/message_0", "/message_1", "/message_2"]),
            ("mars.step", ["/0", "/6", "/12"]),
            ("hour", ["/00_z", "/01_z", "/02_z"]),
            ("mars.type", ["/fc_an", "/fc_an_1", "/fc_an_2"]),
        ],
    )
    def test_names(self, path, key, names):
        groups = xr.open_groups(path, engine="tensogram", group_by="message", group_key=key)
        assert list(groups) == ["/", *names]
        assert np.array_equal(groups[names[2]]["t"], tgm.field(2, 3) + 2)
        one = xr.open_dataset(path, engine="tensogram", group=names[1], group_by="message", group_key=key)
        assert np.array_equal(one["t"], tgm.field(2, 3) + 1)
        tree = xr.open_datatree(path, engine="tensogram", group_by="message", group_key=key, chunks={})
        assert tree[names[0]]["t"].chunks == ((2,), (3,))

    def test_a_key_that_is_not_there(self, path):
        with pytest.raises(ValueError, match="variable 't' has no metadata key 'mars.x'"):
            xr.open_groups(path, engine="tensogram", group_by="message", group_key="mars.x")
