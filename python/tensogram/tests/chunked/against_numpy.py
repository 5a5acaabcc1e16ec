"""Expressions evaluated by numpy, by the namespace, and by numpy on our arrays."""

from __future__ import annotations

import re
import warnings
from typing import Any

import numpy as np

import tensogram.chunked as xp
from tensogram.chunked import Array

RANDOM = np.random.default_rng(6)
FLOATS = RANDOM.normal(size=(5, 6))
FLOATS[1, 2] = FLOATS[4, 5] = np.nan

VALUES: dict[str, Any] = {
    "a": RANDOM.normal(size=(5, 6)),
    "b": RANDOM.normal(size=(5, 6)),
    "p": RANDOM.uniform(0.1, 0.9, size=(5, 6)),
    "n": FLOATS,
    "f": RANDOM.normal(size=(5, 6)).astype(np.float32),
    "i": RANDOM.integers(-9, 9, size=(5, 6)),
    "u": RANDOM.integers(1, 9, size=(5, 6)).astype(np.uint8),
    "k": RANDOM.integers(0, 5, size=(5, 6)),
    "m": RANDOM.random((5, 6)) < 0.5,
    "c": RANDOM.normal(size=(5, 6)) + 1j * RANDOM.normal(size=(5, 6)),
    "t": np.datetime64("2020-01-01", "s") + RANDOM.integers(0, 9999, (5, 6)).astype("m8[s]"),
    "d": RANDOM.integers(1, 9999, (5, 6)).astype("m8[s]"),
    "s": np.array([["ab", "c", ""], ["ß", "ab", "zz"]]),
    "v": RANDOM.normal(size=6),
    "w": np.sort(RANDOM.normal(size=9)),
    "z": np.cumsum(RANDOM.uniform(0.1, 1, size=6)),
    "q": RANDOM.normal(size=(3, 4, 4)),
    "r": RANDOM.normal(size=(4, 3)),
    "x3": RANDOM.normal(size=(4, 3)),
}
VALUES["h"] = VALUES["q"] @ VALUES["q"].swapaxes(-1, -2) + np.eye(4)

# Blocks of one element, uneven ones, and one of all.
CHUNKS = (-1, 2, 1)


def both(expressions: list[str]) -> list[tuple[str, str]]:
    """Each expression with each door: the namespace's own functions, and numpy's."""
    return [(expression, door) for expression in dict.fromkeys(expressions) for door in ("namespace", "numpy")]


def check(expression: str, door: str) -> None:
    """Raises if our results are not numpy's, in every kind of blocks."""
    names = re.findall(r"\b[a-z]3?\b", expression)
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        expected = eval(expression, {"np": np, "xp": np, **VALUES})
        for chunks in CHUNKS:
            arrays = {name: xp.from_array(VALUES[name], chunks) for name in names if name in VALUES}
            compare(eval(expression, {"np": np, "xp": xp if door == "namespace" else np, **arrays}), expected)


def compare(ours: Any, numpys: Any) -> None:
    """Raises unless structures, shapes, types and elements agree, announced and computed."""
    if isinstance(numpys, (tuple, list)) and not all(isinstance(n, int) for n in numpys):
        assert len(ours) == len(numpys)
        for one, other in zip(ours, numpys, strict=True):
            compare(one, other)
        return
    if not isinstance(ours, Array):
        assert ours == numpys
        return
    expected = np.asarray(numpys)
    assert (ours.shape, ours.dtype) == (expected.shape, expected.dtype)
    assert tuple(map(sum, ours.chunks)) == ours.shape
    values = ours.compute()
    assert type(values) is np.ndarray
    assert (values.shape, values.dtype) == (expected.shape, expected.dtype)
    if expected.dtype.kind in "fc":
        tolerance = 1e-5 if expected.dtype in (np.float16, np.float32, np.complex64) else 1e-10
        np.testing.assert_allclose(values, expected, rtol=tolerance, atol=tolerance)
    else:
        np.testing.assert_array_equal(values, expected)
