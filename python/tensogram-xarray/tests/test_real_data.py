"""Real data to `.tgm` and back: values within packing error, coordinates and times exact.

The data stand beside the checkout, in `../shared/data`; where they do not, fields of the same kind do.
"""

from pathlib import Path

import numpy as np
import pytest
import xarray as xr

import tensogram
from tensogram_xarray import open_datasets, to_tensogram

DATA = Path(__file__).parents[4] / "shared" / "data"
PACKED = {"encoding": "simple_packing", "sp_bits_per_value": 16, "compression": "szip"}


@pytest.fixture
def reanalysis(tmp_path) -> xr.Dataset:
    """Wind and height on levels, as NetCDF of packed 16-bit integers."""
    path = DATA / "eraint_uvz.nc"
    if not path.exists():
        random = np.random.default_rng(0)
        shape = {"month": 2, "level": 3, "latitude": 41, "longitude": 80}
        values = {name: (tuple(shape), random.normal(0, 20, tuple(shape.values())), {"units": "m/s"}) for name in "uvz"}
        coords = {"latitude": np.linspace(90, -90, 41, dtype=np.float32), "level": [200, 500, 850], "month": [1, 7]}
        made = xr.Dataset(values, coords, {"Conventions": "CF-1.0"})
        path = tmp_path / "made.nc"
        packing = {"dtype": "int16", "scale_factor": 0.01, "add_offset": 5.0, "_FillValue": -32768}
        made.to_netcdf(path, encoding=dict.fromkeys("uvz", packing), engine="netcdf4")
    return xr.open_dataset(path, engine="netcdf4")


@pytest.mark.filterwarnings("ignore::xarray.SerializationWarning")
class TestReanalysis:
    def test_as_it_is(self, reanalysis, tmp_path):
        """Packed as in its source, to the bit."""
        path = tmp_path / "a.tgm"
        reanalysis.tensogram.to_file(path)
        back = xr.open_dataset(path, engine="tensogram")
        xr.testing.assert_identical(back, reanalysis)
        assert back["u"].encoding["dtype"] == np.int16
        assert path.stat().st_size < 1.1 * sum(2 * reanalysis[name].size for name in "uvz") + 10_000

    @pytest.mark.parametrize("append_dim", [None, "month"])
    def test_packed_in_chunks(self, reanalysis, tmp_path, append_dim):
        path = tmp_path / "a.tgm"
        to_tensogram(
            reanalysis.chunk(month=1, level=1), path, encoding=dict.fromkeys("uvz", PACKED), append_dim=append_dim
        )
        back = xr.open_dataset(path, engine="tensogram", chunks={})
        for name in "uvz":
            field = reanalysis[name]
            spread = float(field.max() - field.min())
            assert float(abs(back[name] - field).max()) <= spread / 2**16
            assert back[name].attrs == field.attrs
        for name, coordinate in reanalysis.coords.items():
            xr.testing.assert_identical(back[name], coordinate)

    def test_to_netcdf_and_back(self, reanalysis, tmp_path):
        reanalysis.tensogram.to_file(tmp_path / "a.tgm")
        opened = xr.open_dataset(tmp_path / "a.tgm", engine="tensogram")
        opened.to_netcdf(tmp_path / "b.nc", engine="netcdf4")
        xr.testing.assert_identical(xr.open_dataset(tmp_path / "b.nc", engine="netcdf4"), reanalysis)


@pytest.mark.skipif(not tensogram.__has_grib__, reason="ecCodes is not installed")
@pytest.mark.parametrize("name", ["era5-2mt-2019-03-uk.grib", "ifs_2t_0p25.grib2"])
class TestForecasts:
    """Hourly 2 m temperature over the UK, GRIB 1; and of the globe, GRIB 2."""

    def test_fields(self, tmp_path, name):
        if not (DATA / name).exists():
            pytest.skip(f"{name} is not there; test_convert_grib has fields of its own")
        messages = tensogram.convert_grib(DATA / name, grouping="one_to_one", encoding="simple_packing", bits=16)
        path = tmp_path / "a.tgm"
        path.write_bytes(b"".join(messages))
        (dataset,) = open_datasets(path, mars_coords=True)
        self.check(dataset, DATA / name)
        # Written again as one dataset, it is what it was.
        again = tmp_path / "b.tgm"
        dataset.tensogram.to_file(again)
        xr.testing.assert_identical(xr.open_dataset(again, engine="tensogram"), dataset)

    @staticmethod
    def check(dataset: xr.Dataset, path: Path) -> None:
        """Against ecCodes, every 31st field."""
        import eccodes

        assert dataset.sizes["latitude"] > 1
        count = 0
        with path.open("rb") as file:
            while (handle := eccodes.codes_grib_new_from_file(file)) is not None:
                count += 1
                if count % 31 != 1:
                    eccodes.codes_release(handle)
                    continue
                get = lambda key, handle=handle: eccodes.codes_get(handle, key)  # noqa: E731
                date, time = get("dataDate"), get("dataTime")
                keys = {"mars.date": date, "mars.time": time}
                field = dataset["2t"].sel({key: value for key, value in keys.items() if key in dataset.dims})
                day = f"{date // 10000}-{date // 100 % 100:02}-{date % 100:02}"
                assert field["time"] == np.datetime64(f"{day}T{time // 100:02}:{time % 100:02}")
                points = {
                    "latitude": eccodes.codes_get_array(handle, "distinctLatitudes"),
                    "longitude": (eccodes.codes_get_array(handle, "distinctLongitudes") + 180) % 360 - 180,
                }
                for key, expected in points.items():
                    np.testing.assert_allclose(np.sort(field[key].values), np.sort(expected), rtol=0, atol=1e-9)
                values = eccodes.codes_get_values(handle).reshape(get("Nj"), get("Ni"))
                np.testing.assert_allclose(
                    np.sort(field.values.ravel()), np.sort(values.ravel()), atol=np.ptp(values) / 2**16
                )
                first = {"latitude": get("latitudeOfFirstGridPointInDegrees")}
                west = (get("longitudeOfFirstGridPointInDegrees") + 180) % 360 - 180
                corner = field.sel(first, method="nearest").sel(longitude=west, method="nearest")
                assert abs(float(corner) - values[0, 0]) <= np.ptp(values) / 2**16
                eccodes.codes_release(handle)
        assert count == dataset["2t"].size // (dataset.sizes["latitude"] * dataset.sizes["longitude"])
