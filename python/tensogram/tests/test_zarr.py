"""The published package tensogram-zarr 0.24.0, unchanged, on this one."""

from importlib.metadata import version

import numpy as np
import pytest
import zarr
from tensogram_zarr import TensogramStore

import tensogram

TEMPERATURE = np.linspace(250, 310, 12, dtype=np.float32).reshape(3, 4)
ARRAYS = {
    "temperature": TEMPERATURE,
    "level": np.array([1000, 850, 500], dtype=np.int64),
    "mask": np.array([[1, 0], [0, 1]], dtype=np.uint8),
    "scale": np.array([0.5, -1e300]),
}


def write(path):
    with TensogramStore(path, mode="w") as store:
        group = zarr.open_group(store=store, mode="w", zarr_format=3)
        group.attrs["title"] = "written by zarr"
        for name, values in ARRAYS.items():
            # The store takes one uncompressed chunk an array, and names arrays by their attributes.
            array = group.create_array(
                name, shape=values.shape, dtype=values.dtype, chunks=values.shape, compressors=None
            )
            array.attrs.update({"name": name, "units": "K"})
            array[...] = values


def test_it_is_the_published_package():
    assert version("tensogram-zarr") == "0.24.0"


def test_a_group_is_written_and_read_through_zarr(path):
    write(path)
    with TensogramStore.open_tgm(path) as store:
        group = zarr.open_group(store=store, mode="r")
        assert group.attrs["title"] == "written by zarr"
        assert set(group.array_keys()) == set(ARRAYS)
        for name, values in ARRAYS.items():
            assert group[name].dtype == values.dtype
            assert group[name].attrs["units"] == "K"
            np.testing.assert_array_equal(group[name][...], values)
        np.testing.assert_array_equal(group["temperature"][1:, ::2], TEMPERATURE[1:, ::2])


def test_what_zarr_wrote_is_a_file_like_any_other(path):
    write(path)
    assert tensogram.validate_file(path, "full")["file_issues"] == []
    (report,) = tensogram.validate_file(path, "full")["messages"]
    assert report == {"issues": [], "object_count": len(ARRAYS), "hash_verified": True}
    metadata, objects = tensogram.TensogramFile.open(path)[0]
    found = {entry["name"]: array for entry, (_, array) in zip(metadata.base, objects, strict=True)}
    assert found.keys() == ARRAYS.keys()
    for name, values in ARRAYS.items():
        np.testing.assert_array_equal(found[name], values)


STAGES = [
    {},
    {"byte_order": "big"},
    {"encoding": "simple_packing", "sp_bits_per_value": 24, "compression": "szip"},
    {"filter": "shuffle", "compression": "zstd"},
    {"compression": "blosc2"},
]


@pytest.mark.parametrize("stages", STAGES, ids=str)
@pytest.mark.parametrize("index", [0, 1])
def test_what_this_package_wrote_is_read_through_zarr(path, stages, index):
    field = TEMPERATURE.astype(np.float64)
    descriptor = {"type": "ntensor", "shape": [3, 4], "dtype": "float64", **stages}
    with tensogram.TensogramFile.create(path) as file:
        for offset in (0, 100):
            file.append({"base": [{"mars": {"param": "2t"}}]}, [(descriptor, field + offset)])
    with TensogramStore(path, message_index=index, variable_key="mars.param") as store:
        group = zarr.open_group(store=store, mode="r")
        np.testing.assert_allclose(group["2t"][...], field + 100 * index, rtol=1e-6)


def test_errors_come_through(path, tmp_path):
    with pytest.raises(OSError, match="missing.tgm"):
        TensogramStore.open_tgm(str(tmp_path / "missing.tgm")).__enter__()
    write(path)
    with pytest.raises((ValueError, IndexError)):
        TensogramStore(path, message_index=5).__enter__()
