"""The namespace is complete: every name of the standard and of numpy's that users call, with the standard's parameters.

The standard's conformance suite is not on PyPI; array-api-strict, which is, is the oracle of names and parameters here,
and a second one of values.
"""

from __future__ import annotations

import inspect
import warnings
from types import ModuleType
from typing import Any

import array_api_strict as strict
import numpy as np
import pytest
import test_elementwise
import test_linear_algebra
import test_manipulation
import test_statistical
from against_numpy import VALUES

import tensogram.chunked as xp
from tensogram.chunked import dispatch, protocols

STANDARD = """
e inf nan newaxis pi bool int8 int16 int32 int64 uint8 uint16 uint32 uint64 float32 float64 complex64 complex128
arange asarray empty empty_like eye from_dlpack full full_like linspace meshgrid ones ones_like tril triu zeros
zeros_like astype can_cast finfo iinfo isdtype result_type
abs acos acosh add asin asinh atan atan2 atanh bitwise_and bitwise_left_shift bitwise_invert bitwise_or
bitwise_right_shift bitwise_xor ceil clip conj copysign cos cosh divide equal exp expm1 floor floor_divide greater
greater_equal hypot imag isfinite isinf isnan less less_equal log log1p log2 log10 logaddexp logical_and logical_not
logical_or logical_xor maximum minimum multiply negative nextafter not_equal positive pow real reciprocal remainder
round sign signbit sin sinh square sqrt subtract tan tanh trunc
take take_along_axis argmax argmin count_nonzero nonzero searchsorted where isin unique_all unique_counts
unique_inverse unique_values argsort sort matmul matrix_transpose tensordot vecdot broadcast_arrays broadcast_shapes
broadcast_to concat expand_dims flip moveaxis permute_dims repeat reshape roll squeeze stack tile unstack
cumulative_prod cumulative_sum max mean min prod std sum var all any diff
linalg.cholesky linalg.cross linalg.det linalg.diagonal linalg.eigh linalg.eigvalsh linalg.inv linalg.matmul
linalg.matrix_norm linalg.matrix_power linalg.matrix_rank linalg.matrix_transpose linalg.outer linalg.pinv linalg.qr
linalg.slogdet linalg.solve linalg.svd linalg.svdvals linalg.tensordot linalg.trace linalg.vecdot linalg.vector_norm
fft.fft fft.ifft fft.fftn fft.ifftn fft.rfft fft.irfft fft.rfftn fft.irfftn fft.hfft fft.ihfft fft.fftfreq fft.rfftfreq
fft.fftshift fft.ifftshift
"""
NUMPY = """
bool_ nanmin nanmax nanmean nanmedian nanvar nanstd nanprod nancumsum nancumprod nanargmin nanargmax nanquantile nansum
nanpercentile median quantile cumsum cumprod transpose einsum cross gradient pad round isin from_array concatenate
vstack hstack around ravel swapaxes nan_to_num apply_along_axis lib.stride_tricks.sliding_window_view
"""
# What numpy's functions do with our arrays among their arguments.
PROTOCOL = """
result_type can_cast shape ndim size copy iscomplexobj isrealobj where nan_to_num clip round around fix isin isclose
allclose array_equal angle real imag sum mean std var min max amin amax prod any all count_nonzero median average
quantile percentile ptp argmin argmax cumsum cumprod diff gradient nansum nanmean nanstd nanvar nanmin nanmax nanprod
nanmedian nanquantile nanpercentile nanargmin nanargmax nancumsum nancumprod
concatenate stack hstack vstack split array_split reshape ravel transpose moveaxis swapaxes expand_dims squeeze
broadcast_to broadcast_arrays atleast_1d atleast_2d flip roll rot90 tile repeat pad take take_along_axis insert delete
full_like zeros_like ones_like empty_like einsum tensordot dot vdot inner outer cross linalg.lstsq
linalg.norm unravel_index ravel_multi_index searchsorted digitize histogram bincount interp apply_along_axis
lib.stride_tricks.sliding_window_view nonzero flatnonzero argwhere unique
"""
EXPRESSIONS = [
    *test_elementwise.FUNCTIONS,
    *test_elementwise.OTHERS,
    *test_statistical.REDUCTIONS,
    *test_statistical.SCANS,
    *test_statistical.OTHERS,
    *test_manipulation.EXPRESSIONS,
    *test_linear_algebra.EXPRESSIONS,
]


def found(namespace: ModuleType, name: str) -> Any:
    value: Any = namespace
    for part in name.split("."):
        value = getattr(value, part)
    return value


@pytest.mark.parametrize("name", (STANDARD + NUMPY).split())
def test_name_is_there_and_told_about(name: str) -> None:
    value = found(xp, name)
    if callable(value) and not isinstance(value, np.dtype):
        assert value.__doc__


@pytest.mark.parametrize("name", PROTOCOL.split())
def test_numpys_function_is_dispatched(name: str) -> None:
    assert dispatch.numpy_function(name) in protocols.functions()


@pytest.mark.parametrize("name", [name for name in STANDARD.split() if inspect.isfunction(found(strict, name))])
def test_parameters_are_the_standards(name: str) -> None:
    ours = inspect.signature(found(xp, name)).parameters
    if any(one.kind is one.VAR_POSITIONAL or one.kind is one.VAR_KEYWORD for one in ours.values()):
        return
    wanted = inspect.signature(found(strict, name)).parameters
    named = {one.name for one in wanted.values() if one.kind is not one.POSITIONAL_ONLY}
    assert named <= ours.keys()
    assert len(ours) >= len(wanted)


def test_every_function_is_public() -> None:
    for entry in dispatch.ENTRIES:
        places = (xp, xp.linalg, xp.fft, xp.lib.stride_tricks)
        assert any(getattr(place, entry.name, None) is entry.function for place in places), entry.name


def test_every_function_is_compared_with_numpy() -> None:
    """The tables of the other tests name all functions but those that create arrays or tell about types."""
    tables = "\n".join(EXPRESSIONS)
    creating = {"arange", "asarray", "empty", "eye", "full", "identity", "linspace", "ones", "zeros", "from_dlpack"}
    types = {"finfo", "iinfo", "isdtype", "promote_types", "astype", "fftfreq", "rfftfreq"}
    missing = {entry.name for entry in dispatch.ENTRIES if f".{entry.name}(" not in tables} - creating - types
    assert not missing


@pytest.mark.filterwarnings("ignore")
def test_values_are_those_of_a_strict_implementation() -> None:
    """Of the expressions that are legal by the standard."""
    given = {name: value for name, value in VALUES.items() if value.dtype.kind in "biufc"}
    strictly = {name: strict.asarray(value) for name, value in given.items()}
    ours = {name: xp.from_array(value, 2) for name, value in given.items()}
    compared = 0
    for expression in dict.fromkeys(EXPRESSIONS):
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                expected = eval(expression, {"xp": strict, "np": None, **strictly})
        except Exception:
            continue  # not legal by the standard
        result = eval(expression, {"xp": xp, "np": None, **ours})
        several = isinstance(expected, (tuple, list)) and not all(isinstance(n, int) for n in expected)
        for one, other in zip(result, expected, strict=True) if several else [(result, expected)]:
            if isinstance(other, strict._array_object.Array):
                values = np.asarray(other._array)
                assert (one.shape, one.dtype) == (values.shape, values.dtype), expression
                np.testing.assert_allclose(one.compute(), values, rtol=1e-5, atol=1e-8, err_msg=expression)
                compared += 1
    assert compared > 250


def test_namespace_tells_about_itself() -> None:
    information = xp.__array_namespace_info__()
    assert xp.__array_api_version__ == "2025.12"
    assert xp.ones(1).__array_namespace__(api_version="2025.12") is xp
    assert information.default_device() == "cpu"
    assert information.devices() == ["cpu"]
    assert set(information.dtypes()) == set(strict.__array_namespace_info__().dtypes())
    for kind in ("bool", "signed integer", "unsigned integer", "integral", "real floating", "numeric"):
        assert information.dtypes(kind=kind).keys() == strict.__array_namespace_info__().dtypes(kind=kind).keys()
    assert information.capabilities().keys() >= {"boolean indexing", "data-dependent shapes", "max dimensions"}
    with pytest.raises(ValueError, match="2019.12"):
        xp.ones(1).__array_namespace__(api_version="2019.12")
