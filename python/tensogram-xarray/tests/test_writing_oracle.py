"""What is written here is read by the published package, as far as its own rules let it."""

import json

import engine_oracle
import numpy as np
import pandas as pd
import pytest
import xarray as xr

from tensogram_xarray import to_tensogram

TIMES = pd.date_range("2020-01-01", periods=2, freq="6h")
FIELD = np.arange(2 * 3 * 4.0).reshape(2, 3, 4)
OPTIONS = {
    "plain": {},
    "zstd": {"compression": "zstd", "filter": "shuffle", "shuffle_element_size": 8},
    "packed": {"encoding": "simple_packing", "sp_bits_per_value": 16, "compression": "szip"},
    "blosc2": {"compression": "blosc2", "blosc2_codec": "lz4", "blosc2_clevel": 5},
    "zfp": {"compression": "zfp", "zfp_mode": "fixed_rate", "zfp_rate": 32.0},
    "sz3": {"compression": "sz3", "sz3_error_bound_mode": "abs", "sz3_error_bound": 1e-6},
}
DATASET = xr.Dataset(
    {
        "2t": (("time", "latitude", "longitude"), FIELD, {"units": "K", "mars": {"param": "2t", "levtype": "sfc"}}),
        "pressure": (("time", "longitude"), np.ones((2, 4), np.float32)),
        "member": (("number", "latitude"), np.where(np.eye(5, 3) > 0, np.nan, 1.0)),
        "flag": ("longitude", [True, False, True, True]),
    },
    {
        "time": TIMES,
        "latitude": ("latitude", [50.0, 51, 52], {"units": "degrees_north"}),
        "longitude": [0.0, 1, 2, 3],
        "height": 2.0,
        "area": (("latitude", "longitude"), np.ones((3, 4))),
    },
    {"title": "oracle", "nested": {"a": [1, None]}},
)


def summaries(oracle, path, **options) -> dict:
    answer = oracle(path, options)
    assert "error" not in answer
    return answer["datasets"][0]


def stored(dataset: xr.Dataset, path: str) -> dict:
    """What stands in the file, by this package's reader without decoding."""
    raw = xr.open_dataset(path, engine="tensogram", decode_cf=False)
    return json.loads(json.dumps(engine_oracle.summary(raw), default=str))


@pytest.mark.parametrize("storage", OPTIONS)
@pytest.mark.parametrize("chunked", [False, True], ids=["whole", "chunked"])
def test_values_names_and_dimensions(oracle, tmp_path, storage, chunked):
    path = str(tmp_path / "a.tgm")
    data = DATASET.chunk() if chunked else DATASET
    to_tensogram(data, path, encoding={"2t": OPTIONS[storage]})
    theirs, ours = summaries(oracle, path), stored(DATASET, path)
    variables = theirs["coords"] | theirs["data"]
    assert variables.keys() == DATASET.variables.keys()
    assert theirs["coords"].keys() == {"time", "latitude", "longitude"}
    for name, expected in (ours["coords"] | ours["data"]).items():
        assert variables[name]["dims"] == expected["dims"]
        assert variables[name]["dtype"] == expected["dtype"]
        assert variables[name]["values"] == expected["values"]
        assert expected["attrs"].items() <= variables[name]["attrs"].items()
    assert ours["attrs"].items() <= theirs["attrs"].items()


def test_stretches_one_by_one(oracle, tmp_path):
    path = str(tmp_path / "a.tgm")
    to_tensogram(DATASET.chunk(time=1), path, append_dim="time")
    for number in range(2):
        theirs = summaries(oracle, path, message_index=number)
        raw = xr.open_dataset(path, engine="tensogram", message_index=number, decode_cf=False)
        assert theirs["data"]["2t"]["dims"] == ["time", "latitude", "longitude"]
        assert theirs["data"]["2t"]["values"] == engine_oracle.variable_summary(raw["2t"])["values"]
        assert theirs["coords"]["time"]["values"] == engine_oracle.variable_summary(raw["time"])["values"]
