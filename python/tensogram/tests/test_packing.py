"""`compute_packing_params` (contract §15)."""

import numpy as np
import pytest

import tensogram

KEYS = ["sp_reference_value", "sp_binary_scale_factor", "sp_decimal_scale_factor", "sp_bits_per_value"]
FIELD = np.linspace(230.5, 310.25, 1000)


def computed(values, bits=16, decimal_scale=0):
    return tensogram.compute_packing_params(values, bits, decimal_scale)


@pytest.mark.parametrize("bits", [0, 1, 8, 13, 16, 24, 32, 64])
@pytest.mark.parametrize("decimal_scale", [0, 2, -1])
def test_are_what_encode_computes_itself(bits, decimal_scale):
    parameters = computed(FIELD, bits, decimal_scale)
    assert list(parameters) == KEYS
    assert [type(value) for value in parameters.values()] == [float, int, int, int]
    fields = {"sp_bits_per_value": bits, "sp_decimal_scale_factor": decimal_scale}
    descriptor = {"type": "ntensor", "shape": [1000], "dtype": "float64", "encoding": "simple_packing"}
    messages = [tensogram.encode({}, [({**descriptor, **each}, FIELD)]) for each in (fields, parameters)]
    frames = [message[message.index(b"FR\0\x09") :] for message in messages]
    assert frames[0] == frames[1]


@pytest.mark.parametrize(
    ("values", "bits", "reference", "scale"),
    [
        ([], 16, 0.0, 0),
        ([7.5] * 9, 16, 7.5, 0),
        ([3.0, 1.0, 2.0], 0, 3.0, 0),
        ([0.0, 255.0], 8, 0.0, 0),
        ([0.0, 256.0], 8, 0.0, 1),
        ([-1.0, 1.0], 1, -1.0, 1),
    ],
)
def test_values(values, bits, reference, scale):
    assert computed(np.array(values), bits) == dict(zip(KEYS, [reference, scale, 0, bits], strict=True))


@pytest.mark.parametrize(
    "make",
    [
        lambda array: array.reshape(20, 50),
        lambda array: np.repeat(array, 2)[::2],
        lambda array: array[::-1],
        lambda array: array.astype(">f8"),
        lambda array: np.asfortranarray(array.reshape(20, 50)),
    ],
    ids=["2-D", "strided", "backwards", "big-endian", "Fortran"],
)
def test_any_float64_array(make):
    assert computed(make(FIELD), 16) == computed(FIELD, 16)


@pytest.mark.parametrize(
    "values",
    [FIELD.astype(np.float32), np.arange(5), [1.0, 2.0], 5.0, None, FIELD.tobytes()],
    ids=lambda value: type(value),
)
def test_other_values_are_type_errors(values):
    with pytest.raises(TypeError, match="float64"):
        computed(values)


@pytest.mark.parametrize(
    ("value", "text"),
    [(np.nan, "NaN.* 7 "), (np.inf, r"\+Inf.* 7 .*infinite value"), (-np.inf, "-Inf.* 7 .*infinite value")],
)
def test_values_that_are_not_finite(value, text):
    values = FIELD.copy()
    values[7] = value
    with pytest.raises(ValueError, match=text):
        computed(values)


@pytest.mark.parametrize(
    ("arguments", "error", "text"),
    [
        ((FIELD, 65, 0), ValueError, "exceeds maximum of 64"),
        ((FIELD, -1, 0), OverflowError, "bits_per_value"),
        ((FIELD, 16.0, 0), TypeError, "bits_per_value"),
        ((FIELD, 16, 0.5), TypeError, "decimal_scale_factor"),
        ((FIELD, 16, 2**31), ValueError, "sp_decimal_scale_factor"),
        ((FIELD, 16, 2**63), OverflowError, "decimal_scale_factor"),
        ((FIELD, 16), TypeError, "decimal_scale_factor"),
    ],
)
def test_arguments(arguments, error, text):
    with pytest.raises(error, match=text):
        tensogram.compute_packing_params(*arguments)


@pytest.mark.parametrize(
    ("values", "decimal_scale"), [([0.0, 1e300], 0), ([0.0, 1.0], 200), ([0.0, 1e-300], 0), ([-1e308, 1e308], 0)]
)
def test_ranges_that_no_scale_suits_are_refused(values, decimal_scale):
    with pytest.raises(ValueError, match="EncodingError"):
        computed(np.array(values), 8, decimal_scale)


def test_are_those_of_the_published_package(oracle):
    for bits, decimal_scale in ((16, 0), (24, 2), (12, -1), (0, 0)):
        wanted = oracle.compute_packing_params(FIELD, bits, decimal_scale)
        assert list(computed(FIELD, bits, decimal_scale).items()) == list(wanted.items())
