"""Whatever is encoded is decoded: values of all types, orders, stages and shapes; metadata; selections."""

import contextlib
import pathlib
import tempfile

import ml_dtypes
import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

import tensogram

DTYPES = [
    "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "float16", "float32", "float64",
    "complex64", "complex128", "bfloat16",
]  # fmt: skip

SHAPES = st.one_of(st.just(()), npst.array_shapes(min_dims=1, max_dims=4, min_side=0, max_side=9))


@st.composite
def arrays(draw):
    """An array of finite values, of any type, shape, byte order and layout, with its dtype's name."""
    name = draw(st.sampled_from(DTYPES))
    shape = draw(SHAPES)
    dtype = np.dtype("float32" if name == "bfloat16" else name)
    elements = npst.from_dtype(dtype, allow_nan=False, allow_infinity=False)
    if name == "bfloat16":
        elements = st.floats(-(2.0**100), 2.0**100, width=32)
    array = draw(npst.arrays(dtype, shape, elements=elements))
    if name == "bfloat16":
        array = array.astype(ml_dtypes.bfloat16)
    elif draw(st.booleans()):
        array = array.astype(dtype.newbyteorder(">"))
    layout = draw(st.sampled_from(["C", "F", "reversed", "strided"]))
    if layout == "F":
        return name, np.asfortranarray(array)
    if layout == "reversed" and array.ndim:
        return name, array[(slice(None, None, -1),) * array.ndim]
    if layout == "strided" and array.ndim:
        return name, array[..., ::2]
    return name, array


STAGES = st.fixed_dictionaries(
    {
        "byte_order": st.sampled_from(["little", "big"]),
        "filter": st.sampled_from(["none", "shuffle"]),
        "compression": st.sampled_from(["none", "zstd", "lz4"]),
    }
)

OPTIONS = st.fixed_dictionaries(
    {
        "hash": st.sampled_from(["xxh3", None]),
        "threads": st.sampled_from([0, 1, 2]),
        "aggregate_hash": st.sampled_from([None, "none", "header", "footer", "both"]),
    }
)


def same_values(result, array):
    return result.shape == array.shape and result.tobytes() == array.astype(result.dtype, order="C").tobytes()


@given(st.lists(st.tuples(arrays(), STAGES), max_size=3), OPTIONS)
def test_objects(objects, options):
    pairs = [({"type": "x", "shape": array.shape, "dtype": name, **stages}, array) for (name, array), stages in objects]
    message = tensogram.encode({}, pairs, **options)
    verify = options["hash"] is not None
    decoded = tensogram.decode(message, threads=options["threads"], verify_hash=verify)
    lent = tensogram.decode(message, copy=False)
    for ((name, array), stages), (descriptor, result), (_, view) in zip(
        objects, decoded.objects, lent.objects, strict=True
    ):
        assert same_values(result, array)
        assert same_values(view, array)
        assert descriptor.dtype == name
        assert descriptor.byte_order == stages["byte_order"]
        assert result.flags.writeable and result.flags.c_contiguous


TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)

VALUES = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(-(2**64), 2**64 - 1),
        st.floats(allow_nan=False),
        TEXT,
    ),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(TEXT, inner, max_size=4)),
    max_leaves=20,
)

ENTRIES = st.dictionaries(TEXT.filter(lambda key: key != "_reserved_"), VALUES, max_size=6)


@given(st.lists(ENTRIES, max_size=3), ENTRIES)
def test_metadata(base, extra):
    pairs = [({"type": "x", "shape": [1], "dtype": "uint8"}, b"\1")] * len(base)
    metadata = tensogram.decode_metadata(tensogram.encode({"base": base, "_extra_": extra}, pairs))
    assert metadata.extra == extra
    assert [{key: value for key, value in entry.items() if key != "_reserved_"} for entry in metadata.base] == base
    flat = {}
    for entry in [*base, extra]:
        for key in sorted(entry, key=str.encode):
            flat.setdefault(key, entry[key])
    assert metadata.items() == list(flat.items())


PARAMETERS = st.dictionaries(TEXT.map(lambda key: "x_" + key), VALUES, max_size=5)


@given(PARAMETERS)
def test_parameters(parameters):
    message = tensogram.encode({}, [({"type": "x", "shape": [1], "dtype": "uint8", **parameters}, b"\1")])
    assert tensogram.decode_descriptors(message)[1][0].params == parameters


@st.composite
def selections(draw):
    shape = draw(npst.array_shapes(min_dims=1, max_dims=4, min_side=1, max_side=7))
    axes = []
    for extent in shape:
        if draw(st.booleans()):
            axes.append(draw(st.integers(-extent, extent - 1)))
        else:
            bound = st.one_of(st.none(), st.integers(-extent - 2, extent + 2))
            step = draw(st.one_of(st.none(), st.integers(-4, 4).filter(bool)))
            axes.append(slice(draw(bound), draw(bound), step))
    return shape, tuple(axes)


@given(selections(), st.sampled_from(["little", "big"]), st.sampled_from(["none", "zstd"]))
def test_selections(case, order, compression):
    shape, selection = case
    array = np.arange(np.prod(shape), dtype=np.int32).reshape(shape)
    described = {"type": "x", "shape": shape, "dtype": "int32", "byte_order": order, "compression": compression}
    with tempfile.TemporaryDirectory() as folder:
        file = tensogram.TensogramFile.create(pathlib.Path(folder) / "test.tgm")
        file.append({}, [(described, array)])
        result = file.read_selection(0, 0, selection)
    assert result.shape == array[selection].shape
    np.testing.assert_array_equal(result, array[selection])


@given(st.binary(max_size=300))
def test_any_bytes_are_an_error_or_a_message(data):
    for reader in (tensogram.decode, tensogram.decode_metadata, tensogram.decode_descriptors):
        with contextlib.suppress(ValueError):
            reader(data)
    tensogram.scan(data)


MESSAGE = tensogram.encode(
    {"base": [{"a": {"b": [1, 2.5, None]}}, {}], "c": "text"},
    [
        ({"type": "x", "shape": [40], "dtype": "float32", "filter": "shuffle", "compression": "zstd"}, bytes(160)),
        ({"type": "x", "shape": [3, 4], "dtype": "int16", "compression": "lz4", "byte_order": "big"}, bytes(24)),
    ],
)


@given(st.lists(st.tuples(st.integers(0, len(MESSAGE) - 1), st.integers(0, 255)), min_size=1, max_size=4))
def test_any_damage_is_an_error_or_a_message(changes):
    damaged = bytearray(MESSAGE)
    for position, byte in changes:
        damaged[position] = byte
    for options in ({}, {"copy": False}, {"verify_hash": True}):
        with contextlib.suppress(ValueError):
            for _, array in tensogram.decode(damaged, **options).objects:
                array.tobytes()
