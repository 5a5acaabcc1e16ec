"""GRIB to messages and back (contract §20), against ecCodes."""

import tempfile

import eccodes
import numpy as np
import pytest

import tensogram

VALUES = np.linspace(250.0, 310.0, 12).reshape(3, 4)
SURFACE = {"shortName": "2t"}
PRESSURE = {"shortName": "t", "typeOfLevel": "isobaricInhPa", "level": 500}
MISSING = -1e100


def grib(values=VALUES, edition=2, area=(60.0, 10.0, 40.0, 40.0), bits=24, **keys):
    """A message as other programs write it; NaN is a missing point."""
    handle = eccodes.codes_grib_new_from_samples(f"regular_ll_sfc_grib{edition}")
    north, west, south, east = area
    rows, columns = values.shape
    keys = {
        "Ni": columns, "Nj": rows,
        "latitudeOfFirstGridPointInDegrees": north, "longitudeOfFirstGridPointInDegrees": west,
        "latitudeOfLastGridPointInDegrees": south, "longitudeOfLastGridPointInDegrees": east,
        "iDirectionIncrementInDegrees": abs(east - west) / max(columns - 1, 1),
        "jDirectionIncrementInDegrees": abs(north - south) / max(rows - 1, 1),
        "setLocalDefinition": 1, "dataDate": 20200102, "dataTime": 600, "stepRange": "12", "bitsPerValue": bits,
    } | SURFACE | keys  # fmt: skip
    for key, value in keys.items():
        eccodes.codes_set(handle, key, value)
    data = values.ravel().astype(float)
    if np.isnan(data).any():
        eccodes.codes_set(handle, "missingValue", MISSING)
        eccodes.codes_set(handle, "bitmapPresent", 1)
        data = np.where(np.isnan(data), MISSING, data)
    eccodes.codes_set_values(handle, data)
    message = eccodes.codes_get_message(handle)
    eccodes.codes_release(handle)
    return message


def one(messages):
    """Entry, descriptor and array of the only object of the only message."""
    (message,) = messages
    metadata, ((descriptor, array),) = tensogram.decode(message)
    return metadata.base[0], descriptor, array


@pytest.fixture
def two_fields(tmp_path):
    path = tmp_path / "two.grib"
    path.write_bytes(grib() + grib(VALUES + 1, **PRESSURE))
    return path


def test_a_field_becomes_a_float64_array_of_rows_by_columns(tmp_path):
    path = tmp_path / "one.grib"
    path.write_bytes(grib())
    _, descriptor, array = one(tensogram.convert_grib(path))
    assert descriptor.dtype == "float64"
    assert array.shape == (3, 4)
    np.testing.assert_allclose(array, VALUES, atol=60 / 2**24)


@pytest.mark.parametrize(("grouping", "objects"), [("merge_all", [2]), ("one_to_one", [1, 1])])
def test_grouping(two_fields, grouping, objects):
    messages = tensogram.convert_grib(str(two_fields), grouping=grouping)
    assert all(type(message) is bytes for message in messages)
    assert [len(tensogram.decode(message).objects) for message in messages] == objects
    names = [entry["name"] for message in messages for entry in tensogram.decode_metadata(message).base]
    assert names == ["2t", "t"]


@pytest.mark.parametrize("edition", [1, 2])
def test_mars_keys(edition):
    entry, _, _ = one(tensogram.convert_grib_buffer(grib(edition=edition)))
    wanted = {"class": "od", "stream": "oper", "date": 20200102, "time": 600, "step": 12, "levtype": "sfc"}
    assert entry["mars"].items() >= wanted.items()
    assert str(entry["mars"]["param"]).partition(".")[0] == "167"
    assert entry["mars"]["area"] == [60.0, 10.0, 40.0, 40.0]
    assert (entry["name"], entry["units"], entry["long_name"]) == ("2t", "K", "2 metre temperature")


AREAS = [
    # The edges of the file as west and east, and what they are then.
    ((180.0, 179.75), [-180.0, 179.75]),
    ((0.0, 359.75), [0.0, 359.75]),
    ((350.0, 10.0), [-10.0, 10.0]),
    ((10.0, 40.0), [10.0, 40.0]),
    ((-20.0, -10.0), [-20.0, -10.0]),
]


@pytest.mark.parametrize(("given", "wanted"), AREAS)
def test_west_is_within_180_degrees(given, wanted):
    field = np.arange(8.0).reshape(2, 4)
    entry, _, _ = one(tensogram.convert_grib_buffer(grib(field, area=(90.0, given[0], -90.0, given[1]))))
    assert entry["mars"]["area"] == [90.0, wanted[0], -90.0, wanted[1]]


SCANNING = [
    ({"jScansPositively": 1}, (40.0, 10.0, 60.0, 40.0), lambda field: field[::-1]),
    ({"iScansNegatively": 1}, (60.0, 40.0, 40.0, 10.0), lambda field: field[:, ::-1]),
    ({"iScansNegatively": 1, "jScansPositively": 1}, (40.0, 40.0, 60.0, 10.0), lambda field: field[::-1, ::-1]),
]


@pytest.mark.parametrize(("keys", "area", "stored"), SCANNING, ids=[str(case[0]) for case in SCANNING])
def test_rows_run_south_and_columns_east_whatever_the_order_of_the_file(keys, area, stored):
    entry, _, array = one(tensogram.convert_grib_buffer(grib(stored(VALUES), area=area, **keys)))
    assert entry["mars"]["area"] == [60.0, 10.0, 40.0, 40.0]
    np.testing.assert_allclose(array, VALUES, atol=1e-5)


def test_points_that_follow_each_other_along_columns():
    _, _, array = one(tensogram.convert_grib_buffer(grib(VALUES, jPointsAreConsecutive=1)))
    np.testing.assert_allclose(array.ravel(order="F"), VALUES.ravel(), atol=1e-5)


def test_missing_points_are_nan_with_and_without_packing():
    holes = np.where(VALUES > 300, np.nan, VALUES)
    for options in ({}, {"encoding": "simple_packing", "bits": 24}):
        _, _, array = one(tensogram.convert_grib_buffer(grib(holes), **options))
        np.testing.assert_allclose(array, holes, atol=1e-5)


def test_a_field_with_no_point_at_all():
    _, _, array = one(tensogram.convert_grib_buffer(grib(np.full((2, 3), np.nan)), encoding="simple_packing"))
    assert np.isnan(array).all()


@pytest.mark.parametrize("keep", [False, True, np.True_])
def test_other_namespaces_are_kept_on_request(keep):
    entry, _, _ = one(tensogram.convert_grib_buffer(grib(**PRESSURE), preserve_all_keys=keep))
    if not keep:
        assert "grib" not in entry
        return
    assert entry["grib"].keys() >= {"ls", "geography", "parameter", "time", "vertical"}
    assert entry["grib"]["geography"]["Ni"] == 4
    assert entry["grib"]["vertical"]["level"] == 500


def test_every_field_of_a_message_with_several():
    """Messages of NCEP hold u and v together, of which ecCodes shows only one by default."""
    first, second = grib(shortName="10u"), grib(VALUES + 1, shortName="10v")
    multi = eccodes.codes_grib_multi_new()
    for message, start in ((first, 0), (second, 4)):
        handle = eccodes.codes_new_from_message(message)
        eccodes.codes_grib_multi_append(handle, start, multi)
        eccodes.codes_release(handle)
    with tempfile.TemporaryFile() as file:
        eccodes.codes_grib_multi_write(multi, file)
        file.seek(0)
        data = file.read()
    eccodes.codes_grib_multi_release(multi)
    (message,) = tensogram.convert_grib_buffer(data)
    metadata, objects = tensogram.decode(message)
    assert [entry["name"] for entry in metadata.base] == ["10u", "10v"]
    np.testing.assert_allclose(objects[1][1], VALUES + 1, atol=1e-5)


@pytest.mark.parametrize("kind", [bytes, bytearray, memoryview, lambda data: np.frombuffer(data, np.uint8)])
def test_buffers(kind):
    _, _, array = one(tensogram.convert_grib_buffer(kind(grib())))
    np.testing.assert_allclose(array, VALUES, atol=1e-5)


def test_junk_around_messages_is_passed_over():
    (message,) = tensogram.convert_grib_buffer(b"before" + grib() + b"between" + grib() + b"behind")
    assert len(tensogram.decode(message).objects) == 2


@pytest.mark.parametrize("buffer", [1, None, "text", 1.5, [1]])
def test_what_is_no_buffer(buffer):
    with pytest.raises(TypeError, match="buffer"):
        tensogram.convert_grib_buffer(buffer)


def test_buffers_of_other_elements():
    with pytest.raises(ValueError, match="contiguous buffer of bytes"):
        tensogram.convert_grib_buffer(np.zeros(3))


DAMAGED = {
    "nothing": b"",
    "junk": b"not a field at all",
    "cut short": grib()[:100],
    "its end": grib()[:-1] + b"8",
}


@pytest.mark.parametrize("data", DAMAGED.values(), ids=DAMAGED)
def test_damaged_input_is_a_value_error(tmp_path, data):
    with pytest.raises(ValueError, match=r"GRIB (message|field).*the buffer"):
        tensogram.convert_grib_buffer(data)
    path = tmp_path / "damaged.grib"
    path.write_bytes(data)
    with pytest.raises(ValueError, match="damaged.grib"):
        tensogram.convert_grib(path)


class TestStages:
    def encoded(self, **options):
        return one(tensogram.convert_grib_buffer(grib(), **options))

    @pytest.mark.parametrize(("bits", "wanted"), [(None, 16), (24, 24), (np.int64(12), 12)])
    def test_bits(self, bits, wanted):
        _, descriptor, array = self.encoded(encoding="simple_packing", bits=bits)
        assert descriptor.encoding == "simple_packing"
        assert descriptor.params["sp_bits_per_value"] == wanted
        np.testing.assert_allclose(array, VALUES, atol=60 / 2 ** (wanted - 1))

    @pytest.mark.parametrize("compression", ["szip", "zstd", "lz4", "blosc2"])
    def test_compressions(self, compression):
        _, descriptor, array = self.encoded(encoding="simple_packing", compression=compression)
        assert descriptor.compression == compression
        np.testing.assert_allclose(array, VALUES, atol=60 / 2**15)

    def test_levels(self):
        assert self.encoded(compression="zstd", compression_level=5)[1].params["zstd_level"] == 5
        assert self.encoded(compression="blosc2", compression_level=5)[1].params["blosc2_clevel"] == 5
        assert self.encoded(compression="lz4", compression_level=5)[1].params == {}

    def test_filter(self):
        _, descriptor, array = self.encoded(filter="shuffle", compression="szip")
        assert (descriptor.filter, descriptor.compression) == ("shuffle", "szip")
        np.testing.assert_allclose(array, VALUES, atol=1e-5)

    def test_szip_of_an_odd_width_names_the_next_that_works(self):
        with pytest.raises(ValueError, match="next that works is 16"):
            self.encoded(encoding="simple_packing", bits=12, compression="szip")

    @pytest.mark.parametrize(("given", "verified"), [("xxh3", True), ("none", False), (None, False)])
    def test_hash(self, given, verified):
        (message,) = tensogram.convert_grib_buffer(grib(), hash=given)
        assert tensogram.validate(message)["hash_verified"] is verified

    def test_threads_do_not_change_values(self):
        field = np.random.default_rng(0).normal(size=(300, 400))
        results = [
            one(tensogram.convert_grib_buffer(grib(field), threads=threads, encoding="simple_packing"))[2]
            for threads in (0, 1, 4)
        ]
        np.testing.assert_array_equal(results[0], results[1])
        np.testing.assert_array_equal(results[0], results[2])


class TestBack:
    @pytest.mark.parametrize("keep", [False, True])
    @pytest.mark.parametrize("edition", [1, 2])
    @pytest.mark.parametrize("keys", [SURFACE, PRESSURE, {"shortName": "msl"}, {"shortName": "10u"}], ids=str)
    def test_fields_come_back_as_they_were(self, edition, keys, keep):
        holes = np.where(VALUES > 300, np.nan, VALUES)
        (message,) = tensogram.convert_grib_buffer(grib(holes, edition, **keys), preserve_all_keys=keep)
        entry, _, array = one([message])
        again, _, values = one(tensogram.convert_grib_buffer(tensogram.to_grib([message]), preserve_all_keys=keep))
        np.testing.assert_allclose(values, array, rtol=2**-24)
        assert again["name"] == entry["name"]
        wanted = dict(entry["mars"])
        wanted["param"] = int(str(wanted["param"]).partition(".")[0]) if not keep else again["mars"]["param"]
        assert again["mars"] == wanted

    def test_packed_values_come_back_exactly(self):
        (message,) = tensogram.convert_grib_buffer(grib(), encoding="simple_packing", bits=12)
        _, _, array = one([message])
        _, _, values = one(tensogram.convert_grib_buffer(tensogram.to_grib([message])))
        np.testing.assert_array_equal(values, array)

    def test_members_of_an_ensemble(self):
        mars = {"param": "2t", "date": "2020-01-02", "time": "06:00", "step": 12, "area": [60.0, 10.0, 40.0, 40.0]}
        mars |= {"class": "od", "stream": "enfo", "type": "pf", "expver": "0001", "number": 7, "levtype": "sfc"}
        data = tensogram.to_grib([self.message(mars)])
        entry, _, _ = one(tensogram.convert_grib_buffer(data))
        assert (entry["mars"]["number"], entry["mars"]["stream"], entry["mars"]["time"]) == (7, "enfo", 600)

    def test_several_messages_and_objects(self):
        (message,) = tensogram.convert_grib_buffer(grib() + grib(**PRESSURE))
        back = tensogram.to_grib(part for part in (message, message))
        assert len(tensogram.convert_grib_buffer(back, grouping="one_to_one")) == 4

    def test_of_nothing(self):
        assert tensogram.to_grib([]) == b""

    @pytest.mark.parametrize("junk", [b"junk", b""])
    def test_of_what_is_no_message(self, junk):
        with pytest.raises(ValueError, match="decode message 0"):
            tensogram.to_grib([junk])

    @staticmethod
    def message(mars, array=VALUES):
        descriptor = {"type": "ntensor", "shape": list(array.shape), "dtype": array.dtype.name}
        return tensogram.encode(
            {"base": [{} if mars is None else {"mars": mars}]}, [(descriptor, array)], allow_inf=True
        )

    GOOD = {"param": 167, "date": 20200102, "area": [60.0, 10.0, 40.0, 40.0]}
    REFUSED = [
        (None, VALUES, "no map 'mars'"),
        ({"date": 20200102, "area": [1.0, 2.0, 0.0, 3.0]}, VALUES, "no 'param'"),
        ({"param": 167, "area": [1.0, 2.0, 0.0, 3.0]}, VALUES, "no 'date'"),
        ({"param": 167, "date": 20200102}, VALUES, "no 'area'"),
        (GOOD | {"area": [1, 2]}, VALUES, "not \\[north, west, south, east\\]"),
        (GOOD | {"date": "tomorrow"}, VALUES, "date='tomorrow'"),
        (GOOD | {"param": "nope"}, VALUES, "shortName='nope'"),
        (GOOD | {"levtype": "pl", "levelist": 123456789}, VALUES, "object 0 of message 0"),
        (GOOD | {"step": "soon"}, VALUES, "soon"),
        (GOOD, VALUES.ravel(), "rows by columns"),
        (GOOD, np.full((2, 2), np.inf), "infinite"),
        (GOOD, np.zeros((2, 2), np.complex128), "complex128"),
    ]

    @pytest.mark.parametrize(("mars", "array", "text"), REFUSED, ids=[case[2] for case in REFUSED])
    def test_what_grib_cannot_say_is_refused(self, mars, array, text):
        with pytest.raises(ValueError, match=text):
            tensogram.to_grib([self.message(mars, array)])


def test_real_files(shared_data):
    for name in ("ifs_2t_0p25.grib2", "era5-2mt-2019-03-uk.grib"):
        messages = tensogram.convert_grib(shared_data / name)
        data = tensogram.to_grib(messages)
        (again,) = tensogram.convert_grib_buffer(data)
        for (_, array), (_, other) in zip(
            tensogram.decode(messages[0]).objects, tensogram.decode(again).objects, strict=True
        ):
            np.testing.assert_array_equal(array, other)
    assert tensogram.decode_metadata(tensogram.convert_grib(shared_data / "ifs_2t_0p25.grib2")[0]).base[0]["mars"][
        "area"
    ] == [90.0, -180.0, -90.0, 179.75]
