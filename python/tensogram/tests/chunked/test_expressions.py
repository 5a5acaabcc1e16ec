"""Random expressions over random shapes, blocks and types give numpy's results, and the same at every thread count."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

import tensogram.chunked as xp

TYPES = ("bool", "int8", "int32", "int64", "uint8", "uint16", "float32", "float64", "complex128")
ELEMENTWISE = ("abs", "square", "positive", "isfinite", "conj")
BINARY = ("add", "multiply", "maximum", "not_equal")
REDUCTIONS = ("sum", "max", "min", "mean", "any", "all", "count_nonzero", "nansum", "nanmax", "std", "argmax", "prod")
SCANS = ("cumsum", "nancumsum")


@st.composite
def expressions(draw: st.DrawFn) -> tuple[Any, list[str]]:
    """Values, and steps that are legal one after the other: each is an expression of `x`, the result so far."""
    shape = draw(arrays.array_shapes(min_dims=1, max_dims=3, min_side=1, max_side=7))
    dtype = np.dtype(draw(st.sampled_from(TYPES)))
    elements = st.floats(-8, 8, width=16) if dtype.kind in "fc" else st.integers(0, 1 if dtype.kind == "b" else 9)
    values = draw(arrays.arrays(np.float64 if dtype.kind in "fc" else np.int64, shape, elements=elements)).astype(dtype)
    if dtype.kind == "f" and draw(st.booleans()):
        values.flat[:: draw(st.integers(2, 5))] = np.nan
    steps, shown = [], values
    for _ in range(draw(st.integers(1, 6))):
        step = draw(steps_of(shown))
        with np.errstate(all="ignore"):
            try:
                result = eval(step, {"xp": np, "np": np, "x": shown})
            except (TypeError, ValueError):
                continue  # not for this type
        if result.ndim > 5 or result.size > 5000:
            break
        steps.append(step)
        shown = result
    return values, steps


@st.composite
def steps_of(draw: st.DrawFn, x: Any) -> str:
    shape = x.shape
    choices = [
        f"xp.{draw(st.sampled_from(ELEMENTWISE))}(x)",
        f"xp.{draw(st.sampled_from(BINARY))}(x, {draw(st.sampled_from(['x', '2', 'True', 'np.float32(1.5)']))})",
        "xp.where(x != 0, x, 1)",
        "xp.reshape(x, (-1,))",
        "xp.permute_dims(x, tuple(reversed(range(x.ndim))))",
        "xp.flip(x)",
        "x[None]",
        "x[..., None]",
        "xp.stack([x, x])",
        "xp.astype(x, np.float64)" if x.dtype.kind != "c" else "x",
    ]
    if shape:
        axis = draw(st.integers(0, len(shape) - 1))
        extent = shape[axis]
        choices += [
            f"xp.{draw(st.sampled_from(SCANS))}(x, axis={axis})",
            f"xp.{draw(st.sampled_from(REDUCTIONS))}(x, axis={axis})",
            f"xp.{draw(st.sampled_from(REDUCTIONS))}(x, axis={axis}, keepdims=True)",
            f"xp.concat([x, x[::-1]], axis={axis})",
            f"xp.roll(x, {draw(st.integers(-9, 9))}, axis={axis})",
            f"xp.diff(x, axis={axis})",
            f"xp.pad(x, {draw(st.integers(0, 3))})",
            f"xp.sort(x, axis={axis})",
            f"xp.expand_dims(x, axis={axis})",
            f"xp.repeat(x, 2, axis={axis})",
            f"xp.lib.stride_tricks.sliding_window_view(x, {draw(st.integers(1, extent or 1))}, axis={axis})",
            f"x[{draw(st.slices(shape[0]))!r}]",
        ]
        if extent:
            positions = draw(st.lists(st.integers(-extent, extent - 1), min_size=1, max_size=6))
            choices += [
                f"xp.take(x, np.array({positions}), axis={axis})",
                f"x - xp.mean(x, axis={axis}, keepdims=True)",
            ]
    return draw(st.sampled_from(choices))


@given(expressions(), st.data())
def test_expressions_are_numpys(expression: tuple[Any, list[str]], data: st.DataObject) -> None:
    values, steps = expression
    chunks = tuple(data.draw(st.integers(1, extent), label="chunks") for extent in values.shape)
    ours, expected = xp.from_array(values, chunks), values
    with np.errstate(all="ignore"):
        for step in steps:
            ours = eval(step, {"xp": xp, "np": np, "x": ours})
            expected = eval(step, {"xp": np, "np": np, "x": expected})
            assert (ours.shape, ours.dtype) == (expected.shape, expected.dtype), step
            assert tuple(map(sum, ours.chunks)) == ours.shape, step
    result = ours.compute()
    tolerance = 1e-3 if np.float32 in (values.dtype, result.dtype) or "float32" in "".join(steps) else 1e-9
    if result.dtype.kind in "fc":
        np.testing.assert_allclose(result, expected, rtol=tolerance, atol=tolerance)
    else:
        np.testing.assert_array_equal(result, expected)
    alone = ours.compute(threads=1)
    assert alone.tobytes() == result.tobytes() == ours.compute(threads=4).tobytes()
