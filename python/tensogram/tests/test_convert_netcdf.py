"""NetCDF to messages and back (contract §20), against netCDF4."""

import warnings

import netCDF4
import numpy as np
import pytest

import tensogram

DATA = np.arange(24, dtype=np.float32).reshape(4, 2, 3)


@pytest.fixture
def source(tmp_path):
    """A file with an unlimited time, coordinates, and a variable of each kind."""
    path = tmp_path / "source.nc"
    with netCDF4.Dataset(path, "w") as file:
        file.title, file.version, file.levels = "a test", np.int32(3), np.array([1.5, 2.5])
        file.createDimension("time", None)
        file.createDimension("y", 2)
        file.createDimension("x", 3)
        time = file.createVariable("time", "i4", ("time",))
        time.units, time.calendar = "hours since 2000-01-01", "noleap"
        time[:] = np.arange(4)
        x = file.createVariable("x", "f8", ("x",))
        x.units = "km"
        x[:] = [1.1, 2.2, 3.3]
        plain = file.createVariable("plain", "f4", ("time", "y", "x"), fill_value=-9)
        plain.standard_name, plain.units, plain.history = "air_temperature", "K", "made here"
        plain[:] = np.ma.masked_less(DATA, 2)
        packed = file.createVariable("packed", "i2", ("time", "y", "x"), fill_value=-9)
        packed.scale_factor, packed.add_offset = 0.5, 10.0
        packed[:] = np.ma.masked_less(DATA, 2)
        counts = file.createVariable("counts", "u8", ("x",))
        counts[:] = [0, 1, 2**64 - 1]
        crs = file.createVariable("crs", "i4", ())
        crs.semi_major_axis = 6371229.0
        crs[...] = 7
    return path


def objects(message):
    """Arrays by name."""
    metadata, items = tensogram.decode(message)
    return {entry["name"]: array for entry, (_, array) in zip(metadata.base, items, strict=True)}


def entries(message):
    return {entry["name"]: entry for entry in tensogram.decode_metadata(message).base}


NAMES = ["time", "x", "plain", "packed", "counts", "crs"]


def test_variables_become_objects_of_their_type(source):
    (message,) = tensogram.convert_netcdf(source)
    arrays = objects(message)
    assert list(arrays) == NAMES
    types = [array.dtype.name for array in arrays.values()]
    assert types == ["int32", "float64", "float32", "float64", "uint64", "int32"]
    np.testing.assert_array_equal(arrays["counts"], [0, 1, 2**64 - 1])
    np.testing.assert_array_equal(arrays["x"], [1.1, 2.2, 3.3])
    assert arrays["crs"].shape == ()


def test_missing_values_are_nan(source):
    arrays = objects(tensogram.convert_netcdf(source)[0])
    wanted = np.where(DATA < 2, np.nan, DATA)
    np.testing.assert_array_equal(arrays["plain"], wanted)
    np.testing.assert_array_equal(arrays["packed"], wanted)


def test_metadata(source):
    (message,) = tensogram.convert_netcdf(source)
    found = entries(message)
    assert found["plain"]["dim_names"] == ["time", "y", "x"]
    assert found["time"]["netcdf"] == {"units": "hours since 2000-01-01", "calendar": "noleap"}
    assert found["packed"]["netcdf"] == {}
    assert found["packed"]["netcdf_packing"] == {
        "dtype": "int16", "_FillValue": -9, "scale_factor": 0.5, "add_offset": 10.0,
    }  # fmt: skip
    extra = tensogram.decode_metadata(message).extra
    assert extra == {"title": "a test", "version": 3, "levels": [1.5, 2.5], "netcdf": {"unlimited": ["time"]}}


@pytest.mark.parametrize("cf", [False, True, np.True_])
def test_attributes_of_the_cf_conventions_on_request(source, cf):
    entry = entries(tensogram.convert_netcdf(source, cf=cf)[0])["plain"]
    assert entry.get("cf") == ({"standard_name": "air_temperature", "units": "K"} if cf else None)
    assert entry["netcdf"]["history"] == "made here"


SPLITS = [
    ("file", [NAMES]),
    ("variable", [[name] for name in NAMES]),
    ("record", [NAMES] * 4),
]


@pytest.mark.parametrize(("split_by", "names"), SPLITS)
def test_split_by(source, split_by, names):
    messages = tensogram.convert_netcdf(str(source), split_by=split_by)
    assert all(type(message) is bytes for message in messages)
    assert [list(objects(message)) for message in messages] == names


def test_each_record_is_of_length_one(source):
    messages = tensogram.convert_netcdf(source, split_by="record")
    for index, message in enumerate(messages):
        arrays = objects(message)
        assert arrays["time"].tolist() == [index]
        np.testing.assert_array_equal(arrays["plain"], np.where(DATA < 2, np.nan, DATA)[index : index + 1])
        assert arrays["x"].shape == (3,)


def test_records_need_an_unlimited_dimension(tmp_path):
    path = tmp_path / "fixed.nc"
    with netCDF4.Dataset(path, "w") as file:
        file.createDimension("x", 3)
        file.createVariable("v", "f4", ("x",))
    with pytest.raises(ValueError, match="fixed.nc has no unlimited dimension"):
        tensogram.convert_netcdf(path, split_by="record")


FORMATS = ["NETCDF3_CLASSIC", "NETCDF3_64BIT_OFFSET", "NETCDF3_64BIT_DATA", "NETCDF4_CLASSIC", "NETCDF4"]


@pytest.mark.parametrize("form", FORMATS)
def test_formats(tmp_path, form):
    path = tmp_path / "format.nc"
    with netCDF4.Dataset(path, "w", format=form) as file:
        file.createDimension("x", 3)
        file.createVariable("v", "f4", ("x",))[:] = [1.5, 2.5, 3.5]
        file.createVariable("w", "i2", ("x",))[:] = [1, 2, -3]
    arrays = objects(tensogram.convert_netcdf(path)[0])
    assert arrays["v"].tolist() == [1.5, 2.5, 3.5]
    assert arrays["w"].tolist() == [1, 2, -3]


MISSING = [
    # Attributes, what is stored, and which of that is missing.
    ("f4", {}, [1, netCDF4.default_fillvals["f4"], 3], [1]),
    ("f8", {"missing_value": -1.0}, [-1, 2, 3], [0]),
    ("f8", {"missing_value": np.array([-1.0, 3.0])}, [-1, 2, 3], [0, 2]),
    ("f8", {"valid_min": 2.0}, [1, 2, 3], [0]),
    ("f8", {"valid_max": 2.0}, [1, 2, 3], [2]),
    ("f8", {"valid_range": np.array([2.0, 2.5])}, [1, 2, 3], [0, 2]),
    ("f8", {"missing_value": "none"}, [1, 2, 3], []),
    ("i2", {"scale_factor": 1.0, "missing_value": np.int16(3)}, [1, 2, 3], [2]),
    ("i2", {"scale_factor": 1.0, "missing_value": np.nan}, [1, 2, 3], []),
    ("i2", {"missing_value": np.int16(3)}, [1, 2, 3], []),
]


@pytest.mark.parametrize(("dtype", "attributes", "stored", "missing"), MISSING, ids=[str(case[1]) for case in MISSING])
def test_what_counts_as_missing(tmp_path, dtype, attributes, stored, missing):
    path = tmp_path / "missing.nc"
    with netCDF4.Dataset(path, "w") as file:
        file.createDimension("x", 3)
        variable = file.createVariable("v", dtype, ("x",))
        variable.set_auto_maskandscale(False)
        for name, value in attributes.items():
            variable.setncattr(name, value)
        variable[:] = stored
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        array = objects(tensogram.convert_netcdf(path)[0])["v"]
    assert np.flatnonzero(np.isnan(array)).tolist() == missing
    kept = np.setdiff1d(range(3), missing)
    np.testing.assert_array_equal(array[kept], np.array(stored, dtype)[kept])


def test_packed_integers_that_say_they_are_unsigned(tmp_path):
    path = tmp_path / "unsigned.nc"
    with netCDF4.Dataset(path, "w", format="NETCDF3_CLASSIC") as file:
        file.createDimension("x", 3)
        variable = file.createVariable("v", "i1", ("x",), fill_value=np.int8(-1))
        variable.setncatts({"_Unsigned": "true", "scale_factor": 0.5})
        variable.set_auto_maskandscale(False)
        variable[:] = np.array([1, -2, -1], np.int8)
    messages = tensogram.convert_netcdf(path)
    np.testing.assert_array_equal(objects(messages[0])["v"], [0.5, 127, np.nan])
    tensogram.to_netcdf(messages, path)
    with netCDF4.Dataset(path) as file:
        file.set_auto_maskandscale(False)
        assert file["v"][...].tolist() == [1, -2, -1]


def test_groups_are_part_of_names(tmp_path):
    path, copy = tmp_path / "groups.nc", tmp_path / "copy.nc"
    with netCDF4.Dataset(path, "w") as file:
        file.createDimension("x", 2)
        inner = file.createGroup("ocean/surface")
        inner.createDimension("depth", 3)
        inner.createVariable("t", "f4", ("x", "depth"))[:] = np.ones((2, 3))
    messages = tensogram.convert_netcdf(path)
    assert entries(messages[0])["ocean/surface/t"]["dim_names"] == ["x", "ocean/surface/depth"]
    tensogram.to_netcdf(messages, copy)
    with netCDF4.Dataset(copy) as file:
        assert file["ocean/surface/t"].dimensions == ("x", "depth")
        assert file["ocean/surface"].dimensions["depth"].size == 3


def test_what_is_no_number_is_named_in_a_warning(tmp_path):
    path = tmp_path / "text.nc"
    with netCDF4.Dataset(path, "w") as file:
        file.createDimension("x", 2)
        file.createVariable("text", str, ("x",))
        file.createVariable("letters", "S1", ("x",))
        file.createVariable("v", "f4", ("x",))
    with pytest.warns(UserWarning, match="text.nc.*'text', 'letters'") as caught:
        (message,) = tensogram.convert_netcdf(path)
    assert list(objects(message)) == ["v"]
    assert caught[0].filename == __file__


@pytest.mark.parametrize("data", [b"", b"junk", b"CDF\x01" + bytes(4), b"\x89HDF\r\n\x1a\n" + bytes(100)])
def test_damaged_files_are_value_errors(tmp_path, data):
    path = tmp_path / "damaged.nc"
    path.write_bytes(data)
    with pytest.raises(ValueError, match="cannot read .*damaged.nc as NetCDF"):
        tensogram.convert_netcdf(path)


class TestStages:
    def test_packing_is_for_fields(self, source):
        (message,) = tensogram.convert_netcdf(source, encoding="simple_packing")
        metadata, items = tensogram.decode(message)
        packed = {
            entry["name"]: descriptor.encoding == "simple_packing"
            for entry, (descriptor, _) in zip(metadata.base, items, strict=True)
        }
        assert packed == {name: name in ("plain", "packed") for name in NAMES}
        assert items[2][0].params["sp_bits_per_value"] == 16
        np.testing.assert_allclose(objects(message)["plain"], np.where(DATA < 2, np.nan, DATA), atol=24 / 2**15)

    @pytest.mark.parametrize("compression", ["zstd", "lz4", "blosc2", "szip"])
    @pytest.mark.parametrize("filtering", ["none", "shuffle"])
    def test_compressions_keep_every_value(self, source, compression, filtering):
        (message,) = tensogram.convert_netcdf(source, compression=compression, filter=filtering)
        plain = objects(tensogram.convert_netcdf(source)[0])
        for name, array in objects(message).items():
            np.testing.assert_array_equal(array, plain[name])

    @pytest.mark.parametrize(("given", "verified"), [("xxh3", True), ("none", False), (None, False)])
    def test_hash(self, source, given, verified):
        (message,) = tensogram.convert_netcdf(source, hash=given)
        assert tensogram.validate(message)["hash_verified"] is verified


def contents(path):
    """All that a file holds, as plain values."""
    with netCDF4.Dataset(path) as file:
        file.set_auto_maskandscale(False)
        dimensions = {name: (len(d), d.isunlimited()) for name, d in file.dimensions.items()}
        variables = {
            name: (v.dtype, v.dimensions, v[...].tolist(), {key: repr(v.getncattr(key)) for key in v.ncattrs()})
            for name, v in file.variables.items()
        }
        return dimensions, variables, {key: repr(file.getncattr(key)) for key in file.ncattrs()}


class TestBack:
    @pytest.mark.parametrize("split_by", ["file", "variable", "record"])
    def test_files_come_back_as_they_were(self, source, tmp_path, split_by):
        copy = tmp_path / "copy.nc"
        tensogram.to_netcdf(tensogram.convert_netcdf(source, split_by=split_by), copy)
        assert contents(copy) == contents(source)

    def test_no_messages(self, tmp_path):
        with pytest.raises(ValueError, match="no messages"):
            tensogram.to_netcdf([], str(tmp_path / "new.nc"))

    @pytest.mark.parametrize("messages", [[b"junk"], [b""]])
    def test_failure_leaves_an_existing_file_as_it_was(self, source, messages, tmp_path):
        before = source.read_bytes()
        with pytest.raises(ValueError, match="decode message 0"):
            tensogram.to_netcdf(messages, source)
        with pytest.raises(ValueError, match="NetCDF does not take"):
            tensogram.to_netcdf([self.message(np.zeros(2, np.complex64), name="v")], source)
        assert source.read_bytes() == before
        assert [path.name for path in tmp_path.iterdir()] == ["source.nc"]

    @staticmethod
    def message(*arrays, **entry):
        described = [({"type": "x", "shape": list(array.shape), "dtype": array.dtype.name}, array) for array in arrays]
        return tensogram.encode({"base": [entry] * len(arrays)}, described)

    def test_objects_of_other_origin(self, tmp_path):
        path = tmp_path / "other.nc"
        message = self.message(np.arange(6.0).reshape(2, 3), name="t", units="K", nested={"a": 1})
        tensogram.to_netcdf([message, self.message(np.zeros(3, np.float16))], path)
        with netCDF4.Dataset(path) as file:
            assert file["t"].dimensions == ("t_dim_0", "t_dim_1")
            assert file["t"].ncattrs() == ["units"]
            assert file["t"][...].tolist() == [[0, 1, 2], [3, 4, 5]]
            assert file["object_0"].dtype == np.float32

    def test_messages_of_one_name_become_records(self, tmp_path):
        path = tmp_path / "records.nc"
        tensogram.to_netcdf([self.message(np.full(3, step), name="t") for step in range(4)], path)
        with netCDF4.Dataset(path) as file:
            assert file.dimensions["record"].isunlimited()
            assert file["t"][:, 0].tolist() == [0, 1, 2, 3]

    def test_fields_become_a_hypercube_of_time_member_and_level(self, tmp_path):
        path = tmp_path / "cube.nc"
        messages = [
            self.message(
                np.full((2, 3), 100.0 * step + 10 * member + level / 1000), name="t", units="K",
                mars={"date": 20200101, "time": 1200, "step": step, "number": member, "levelist": level,
                      "area": [10.0, 0.0, 0.0, 20.0]},
            )
            for level in (850, 500) for step in (6, 0) for member in (2, 1)
        ]  # fmt: skip
        tensogram.to_netcdf(messages, path)
        with netCDF4.Dataset(path) as file:
            assert file["t"].dimensions == ("time", "number", "level", "latitude", "longitude")
            assert file["t"].shape == (2, 2, 2, 2, 3)
            assert file["level"][:].tolist() == [500, 850]
            assert file["latitude"][:].tolist() == [10, 0]
            assert file["longitude"][:].tolist() == [0, 10, 20]
            dates = netCDF4.num2date(file["time"][:], file["time"].units)
            assert [str(date) for date in dates] == ["2020-01-01 12:00:00", "2020-01-01 18:00:00"]
            assert file["t"][1, 0, 1, 0, 0] == 600 + 10 + 0.85
        with pytest.raises(ValueError, match="7 objects named 't' do not fill 2 times by 2 members by 2 levels"):
            tensogram.to_netcdf(messages[:-1], path)

    def test_grids_of_different_areas_get_axes_of_their_own(self, tmp_path):
        path = tmp_path / "grids.nc"
        field, date = np.zeros((2, 2)), {"date": 20200101}
        first = self.message(field, name="a", mars=date | {"area": [1.0, 0.0, 0.0, 1.0]})
        second = self.message(field, name="b", mars=date | {"area": [2.0, 0.0, 0.0, 1.0]})
        tensogram.to_netcdf([first, second], path)
        with netCDF4.Dataset(path) as file:
            assert file["a"].dimensions == ("latitude", "longitude")
            assert file["b"].dimensions == ("latitude_2", "longitude")

    MISFITS = [
        ([(np.zeros(2), {"name": "v"}), (np.zeros(3), {"name": "v"})], "object 0 of message 1 is named 'v'"),
        ([(np.zeros(2), {"name": "v"}), (np.zeros(2, np.int8), {"name": "v"})], "elements of int8, not float64"),
        (
            [(np.zeros(2), {"name": "v", "dim_names": ["x"]}), (np.zeros(3), {"name": "w", "dim_names": ["x"]})],
            "'x' is 3 long in 'w', but 2 in 'v'",
        ),
        ([(np.zeros(2), {"name": "a b/"})], "to_netcdf: NetCDF"),
        ([(np.zeros(2), {"name": "v", "mars": {"date": "x"}})] * 2, "tell no time"),
    ]

    @pytest.mark.parametrize(("given", "text"), MISFITS, ids=[case[1] for case in MISFITS])
    def test_what_does_not_fit_together_is_named(self, tmp_path, given, text):
        with pytest.raises(ValueError, match=text):
            tensogram.to_netcdf([self.message(array, **entry) for array, entry in given], tmp_path / "new.nc")
        assert list(tmp_path.iterdir()) == []

    def test_places_that_cannot_be_written(self, source, tmp_path):
        messages = tensogram.convert_netcdf(source)
        with pytest.raises(IsADirectoryError):
            tensogram.to_netcdf(messages, tmp_path)
        with pytest.raises(FileNotFoundError):
            tensogram.to_netcdf(messages, tmp_path / "none" / "new.nc")


def test_a_real_file(shared_data, tmp_path):
    path, copy = shared_data / "eraint_uvz.nc", tmp_path / "copy.nc"
    (message,) = tensogram.convert_netcdf(path)
    tensogram.to_netcdf([message], copy)
    with netCDF4.Dataset(path) as file, netCDF4.Dataset(copy) as written:
        for name, variable in file.variables.items():
            for holder in (variable, written[name]):
                holder.set_auto_maskandscale(False)
            np.testing.assert_array_equal(written[name][...], variable[...])
            assert written[name].dimensions == variable.dimensions
