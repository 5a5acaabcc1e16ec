"""The programs in `examples/`: each runs on its own data and on a user's, and says what it found."""

import runpy
import struct
import sys
from pathlib import Path

import numpy as np
import pytest
import tgm
import xarray as xr
from tgm import coordinate, named

import tensogram

EXAMPLES = Path(__file__).parents[3] / "examples"


@pytest.fixture
def run(monkeypatch, capsys):
    """Runs an example with arguments; what it printed. A message at its end is an `AssertionError`."""

    def run(name: str, *arguments: object) -> str:
        monkeypatch.setattr(sys, "argv", [name, *map(str, arguments)])
        try:
            runpy.run_path(str(EXAMPLES / name), run_name="__main__")
        except SystemExit as end:
            assert end.code in (None, 0), end.code
        return capsys.readouterr().out

    return run


def test_every_example_is_tested():
    tested = Path(__file__).read_text()
    assert [path.name for path in EXAMPLES.glob("*.py") if f'"{path.name}"' not in tested] == []


@pytest.fixture
def netcdf(tmp_path):
    """A file such as users have: times, missing values, attributes."""
    values = tgm.field(3, 6, 8, dtype=np.float32)
    values[1, 2, 3] = np.nan
    dataset = xr.Dataset(
        {"t": (("time", "lat", "lon"), values, {"units": "K"})},
        coords={
            "time": np.datetime64("2026-01-01", "ns") + np.arange(3) * np.timedelta64(1, "D"),
            "lat": np.linspace(50, 0, 6),
            "lon": np.arange(8.0),
        },
        attrs={"title": "small"},
    )
    dataset.to_netcdf(tmp_path / "user.nc")
    return tmp_path / "user.nc"


@pytest.mark.parametrize("scheduler", ["synchronous", "threads"])
def test_statistics_with_dask(run, scheduler):
    printed = run("dask_statistics.py", "--scheduler", scheduler)
    assert "'level': 10" in printed
    assert "400 hPa, all days" in printed


def test_statistics_of_a_users_file_with_dask(run, netcdf):
    printed = run("dask_statistics.py", "--input", netcdf)
    assert "3 files" in printed
    assert "t / K" in printed


def test_many_files(run):
    printed = run("many_files.py", "--days", 20)
    assert "opened 20 files" in printed
    assert "2t in all files" in printed
    assert "in 20 files" in printed


def test_many_files_of_a_user(run, tmp_path):
    for i in range(4):
        values = np.full((3, 5), i, np.float32)
        tgm.write(tmp_path / f"{i}.tgm", tgm.message(coordinate("lat", 3), named("u", values), named("v", values + 10)))
    printed = run("many_files.py", tmp_path, "--variable", "v")
    assert [line.split()[:2] for line in printed.splitlines() if line.split()[:1] in (["mean"], ["max"])] == [
        ["mean", "11.500"],
        ["max", "13.000"],
    ]
    assert "lowest mean in file 0, highest in file 3" in printed
    assert "from 10.000 to 13.000 in 4 files" in printed


@pytest.mark.parametrize(("arguments", "text"), [([], "has no .tgm files"), (["--variable", "w"], "no variable 'w'")])
def test_many_files_says_what_is_missing(run, tmp_path, arguments, text):
    if arguments:
        tgm.write(tmp_path / "a.tgm", tgm.message(named("u", np.zeros(3))))
    with pytest.raises(AssertionError, match=text):
        run("many_files.py", tmp_path, *arguments)


def test_netcdf_round_trip(run, netcdf, tmp_path):
    for arguments in ([], [netcdf, "--folder", tmp_path / "out", "--bits", 24]):
        printed = run("netcdf_round_trip.py", *arguments)
        assert "identical to the original" in printed
        assert "within packing error" in printed
    made = {path.name for path in (tmp_path / "out").iterdir()}
    assert made == {"user.tgm", "user_packed.tgm", "user_copy.nc"}


def png_size(path: Path) -> tuple[int, int]:
    content = path.read_bytes()
    assert content.startswith(b"\x89PNG")
    width, height = struct.unpack(">II", content[16:24])
    return width, height


def test_a_map_of_a_grib_file(run, tmp_path):
    pytest.importorskip("eccodes", reason="eccodes is not installed")
    pytest.importorskip("matplotlib", reason="matplotlib is not installed")
    rows, columns = 19, 36
    values = 243 + 50 * np.cos(np.radians(np.linspace(90, -90, rows)))[:, None] + np.zeros((rows, columns))
    mars = {"param": 167, "date": 20260404, "time": 1200, "step": 6, "levtype": "sfc", "area": [90, 0, -90, 350]}
    field = named("2t", values, {"mars": mars})
    (tmp_path / "2t.grib2").write_bytes(tensogram.to_grib([tgm.message(field)]))
    printed = run("temperature_map.py", tmp_path / "2t.grib2", tmp_path / "map.png")
    assert "map.png" in printed
    assert png_size(tmp_path / "map.png") == (1800, 900)
    found = xr.open_dataset(tmp_path / "map.tgm", engine="tensogram")["2t"]
    assert np.allclose(found, values, atol=0.01)


def test_a_map_of_a_file_with_coordinates(run, tmp_path):
    pytest.importorskip("matplotlib", reason="matplotlib is not installed")
    items = [coordinate("lat", 10), coordinate("lon", 20), named("t", 260 + tgm.field(10, 20))]
    path = tgm.write(tmp_path / "a.tgm", tgm.message(*items))
    run("temperature_map.py", path, tmp_path / "map.png", "--variable", "t")
    assert png_size(tmp_path / "map.png") == (1800, 900)
    with pytest.raises(AssertionError, match="no variable '2t'; it has t"):
        run("temperature_map.py", path, tmp_path / "map.png")


def test_real_fields(run):
    printed = run("real_fields.py")
    assert "u: 181 × 360 values" in printed
    assert printed.count("packed in 24 bits, szip") == 2
    assert printed.count("as GRIB grid_ccsds") == 2


def test_real_fields_of_a_user(run, tmp_path):
    dataset = xr.Dataset({"t": (("y", "x"), tgm.field(50, 80)), "flag": ("x", np.arange(80))})
    dataset.to_netcdf(tmp_path / "user.nc")
    printed = run("real_fields.py", "--netcdf", tmp_path / "user.nc")
    assert "t: 50 × 80 values" in printed
    assert "flag" not in printed


# Beside the checkout, where it was made for trying things by hand.
DATA = EXAMPLES.parents[1] / "shared" / "data"


@pytest.mark.skipif(not DATA.is_dir(), reason="there is no real data beside the checkout, only on some machines")
def test_real_fields_of_weather_centres(run):
    printed = run("real_fields.py", "--netcdf", DATA / "eraint_uvz.nc", "--grib", DATA / "ifs_2t_0p25.grib2")
    assert "v: 2 × 3 × 241 × 480 values" in printed
    assert "ifs_2t_0p25.grib2: 1038240 values" in printed
    # What ecCodes reads from its own packing is what is read here, to the last bit.
    assert printed.count("values differ by 0 of") == 4
