"""The native loops of chunked arrays: numpy's values for every operation, type and layout in memory."""

from itertools import pairwise, permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tensogram._native import ArrayNode, arrays_compute

SIGNED = ["int8", "int16", "int32", "int64"]
UNSIGNED = ["uint8", "uint16", "uint32", "uint64"]
INTEGERS = SIGNED + UNSIGNED
REALS = ["float16", "float32", "float64"]
COMPLEX = ["complex64", "complex128"]
NUMBERS = [*INTEGERS, *REALS]
BITS = ["bool", *INTEGERS]
ORDERED = ["bool", *NUMBERS]
ARITHMETIC = [*NUMBERS, *COMPLEX]
EVERY = ["bool", *ARITHMETIC]

EXACT = {
    **dict.fromkeys(["add", "multiply"], EVERY),
    "subtract": ARITHMETIC,
    **dict.fromkeys(["negative", "square"], ARITHMETIC),
    **dict.fromkeys(["floor_divide", "remainder", "fmod", "sign"], NUMBERS),
    **dict.fromkeys(["maximum", "minimum", "fmax", "fmin"], ORDERED),
    **dict.fromkeys(["less", "less_equal", "greater", "greater_equal"], ORDERED),
    **dict.fromkeys(["equal", "not_equal"], EVERY),
    **dict.fromkeys(["logical_and", "logical_or", "logical_xor", "logical_not"], EVERY),
    **dict.fromkeys(["bitwise_and", "bitwise_or", "bitwise_xor", "invert"], BITS),
    **dict.fromkeys(["left_shift", "right_shift"], INTEGERS),
    "power": UNSIGNED,
    "absolute": ORDERED,
    **dict.fromkeys(["divide", "sqrt", "reciprocal", "rint", "copysign", "signbit"], REALS),
    **dict.fromkeys(["floor", "ceil", "trunc"], NUMBERS),
    **dict.fromkeys(["isnan", "isinf", "isfinite"], EVERY),
    "conjugate": ARITHMETIC,
}
ROUNDED = {
    **dict.fromkeys(["exp", "exp2", "expm1", "log", "log2", "log10", "log1p", "cbrt"], REALS),
    **dict.fromkeys(["sin", "cos", "tan", "arcsin", "arccos", "arctan"], REALS),
    **dict.fromkeys(["sinh", "cosh", "tanh", "arcsinh", "arccosh", "arctanh"], REALS),
    **dict.fromkeys(["power", "hypot", "arctan2", "logaddexp", "logaddexp2"], REALS),
    "absolute": COMPLEX,
    "divide": COMPLEX,
}
REDUCTIONS = {
    **dict.fromkeys(["sum", "mean", "var", "std"], EVERY),
    **dict.fromkeys(["any", "all", "count_nonzero"], EVERY),
    **dict.fromkeys(["prod", "min", "max", "argmin", "argmax"], ORDERED),
    **dict.fromkeys(["nansum", "nanprod", "nanmin", "nanmax", "nanmean", "nanvar", "nanstd"], NUMBERS),
    **dict.fromkeys(["nanargmin", "nanargmax"], NUMBERS),
}
SCANS = {
    "cumsum": np.cumsum,
    "cumprod": np.cumprod,
    "nancumsum": np.nancumsum,
    "nancumprod": np.nancumprod,
    "maximum": np.maximum.accumulate,
    "minimum": np.minimum.accumulate,
}

pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")


def values(dtype: str, count: int, rng: np.random.Generator, moderate: bool) -> np.ndarray:
    """Common and special values of a type, mixed; moderate ones leave out what overflows."""
    kind = np.dtype(dtype)
    if kind.kind == "b":
        return rng.integers(0, 2, count).astype(bool)
    if kind.kind in "iu":
        info = np.iinfo(kind)
        common = rng.integers(max(info.min, -9), 70, count).astype(kind)
        special = rng.choice(np.array([info.min, info.max, 0, 1], kind), count)
    elif kind.kind == "f":
        common = np.where(rng.random(count) < 0.5, rng.normal(0, 9, count), rng.integers(-9, 9, count)).astype(kind)
        special = rng.choice([0.0, -0.0, np.inf, -np.inf, np.nan, 0.5, 1e-8, 3e4, -2.5], count).astype(kind)
    else:
        part = "float32" if kind == np.complex64 else "float64"
        return (values(part, count, rng, True) + 1j * values(part, count, rng, True)).astype(kind)
    return common if moderate else np.where(rng.random(count) < 0.7, common, special)


@st.composite
def shapes(draw):
    """Of few axes, some long enough for several packets of a loop."""
    sides = st.sampled_from([1, 2, 3, 7, 40]) if draw(st.booleans()) else st.sampled_from([0, 1, 5, 1100])
    shape = draw(st.lists(sides, min_size=1, max_size=3))
    return tuple(side if index == 0 else min(side, 40) for index, side in enumerate(shape))


@st.composite
def layouts(draw):
    """How an array may lie in memory: a function of its shape, its type and the random generator."""
    kind = draw(st.sampled_from(["straight", "turned", "backwards", "apart", "repeated", "unaligned"]))

    def make(dtype, shape, rng, moderate=False):
        def straight(shape):
            return values(dtype, int(np.prod(shape)), rng, moderate).reshape(shape)

        if kind == "turned":
            return straight(shape[::-1]).T
        if kind == "backwards":
            return straight(shape)[tuple(slice(None, None, -1) for _ in shape)]
        if kind == "apart":
            return straight([2 * side for side in shape])[tuple(slice(None, None, 2) for _ in shape)]
        if kind == "repeated":
            return np.broadcast_to(straight(shape[1:]), shape)
        if kind == "unaligned":
            array = straight(shape)
            memory = np.frombuffer(b"\0" + array.tobytes(), np.uint8)
            return np.ndarray(shape, array.dtype, memory, offset=1)
        return straight(shape)

    return make


def node(array: np.ndarray, parts: int = 1) -> ArrayNode:
    def split(side):
        edges = [side * part // parts for part in range(parts + 1)]
        return tuple(end - start for start, end in pairwise(edges) if end > start) or (0,)

    return ArrayNode.memory(array, array.dtype.name, array.shape, tuple(map(split, array.shape)))


def computed(result: ArrayNode) -> np.ndarray:
    output = np.empty(result.shape, result.element)
    arrays_compute([result], [output])
    return output


def assert_same(got, expected, ulps=0.0, relative=0.0, absolute=0.0):
    assert got.dtype == expected.dtype and got.shape == expected.shape
    if expected.dtype.kind == "c":
        kind = np.longdouble if expected.dtype == np.complex128 else np.float64
        size = np.abs(np.where(np.isfinite(expected), expected, 0)).astype(kind)
        absolute = np.maximum(absolute, ulps * np.finfo(expected.dtype).eps * size)
        assert_same(got.real.copy(), expected.real.copy(), ulps, relative, absolute)
        assert_same(got.imag.copy(), expected.imag.copy(), ulps, relative, absolute)
    elif expected.dtype.kind == "f":
        a, b = got.astype(np.longdouble), expected.astype(np.longdouble)
        finite = np.isfinite(b)
        near = np.where(finite, b, 0)
        room = ulps * np.spacing(np.abs(near.astype(expected.dtype))) + relative * np.abs(near) + absolute
        same = (np.isnan(a) & np.isnan(b)) | (a == b) | (finite & (np.abs(a - near) <= room))
        assert same.all(), (got[~same][:3], expected[~same][:3])
    else:
        np.testing.assert_array_equal(got, expected)


RNG = st.integers(0, 2**32).map(np.random.default_rng)


def check_elementwise(data, operation, types, ulps):
    dtype, shape, rng = data.draw(st.sampled_from(types)), data.draw(shapes()), data.draw(RNG)
    function = getattr(np, operation)
    inputs = [data.draw(layouts())(dtype, shape, rng) for _ in range(function.nin)]
    expected = np.asarray(function(*inputs))
    result = ArrayNode.elementwise(operation, [node(array) for array in inputs], expected.dtype.name)
    assert_same(computed(result), expected, ulps)


@pytest.mark.parametrize("operation", EXACT)
@settings(max_examples=10, deadline=None)
@given(data=st.data())
def test_exact_operations(operation, data):
    # numpy multiplies complex numbers with fused operations where the processor has them.
    check_elementwise(data, operation, EXACT[operation], 0 if operation not in ("multiply", "square") else 4)


@pytest.mark.parametrize("operation", ROUNDED)
@settings(max_examples=10, deadline=None)
@given(data=st.data())
def test_rounded_operations(operation, data):
    check_elementwise(data, operation, ROUNDED[operation], 4)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("operation", [name for name in ROUNDED if name != "divide"])
def test_functions_of_real_numbers_are_exactly_those_of_numpy(operation, dtype):
    """Blocks of any size, in threads, computed in place: numpy's loops give the same for an element wherever it is."""
    rng = np.random.default_rng(1)
    special = np.array([0.0, -0.0, np.inf, -np.inf, np.nan, 1, -1, 5e-324, 1e-40, 1e-310, 3e38, 1.7e308, 0.5, 2], dtype)
    values = np.concatenate([special, rng.normal(0, 1, 30_000), 10.0 ** rng.uniform(-30, 30, 10_000)]).astype(dtype)
    function = getattr(np, operation)
    others = [rng.permutation(values) for _ in range(function.nin - 1)]
    expected = function(values, *others)
    result = ArrayNode.elementwise(operation, [node(array, 7) for array in (values, *others)], dtype)
    # Once more, so that a result is also computed in the memory of its input.
    doubled = ArrayNode.elementwise("absolute", [result], dtype)
    np.testing.assert_array_equal(computed(result), expected)
    np.testing.assert_array_equal(computed(doubled), np.abs(expected))


@pytest.mark.parametrize("dtype", COMPLEX)
def test_magnitudes_are_exactly_those_of_numpy(dtype):
    rng = np.random.default_rng(1)
    parts = np.concatenate([[0.0, -0.0, np.inf, -np.inf, np.nan, 1e300, 1e-300], rng.normal(0, 1, 20_000)])
    with np.errstate(over="ignore", under="ignore"):
        values = (parts + 1j * rng.permutation(parts)).astype(dtype)
    result = ArrayNode.elementwise("absolute", [node(values, 7)], values.real.dtype.name)
    np.testing.assert_array_equal(computed(result), np.abs(values))


@settings(max_examples=50, deadline=None)
@given(dtype=st.sampled_from(EVERY), shape=shapes(), rng=RNG, layout=st.tuples(layouts(), layouts(), layouts()))
def test_where_and_clip(dtype, shape, rng, layout):
    condition = layout[0]("bool", shape, rng)
    a, b, c = (make(dtype, shape, rng) for make in layout)
    chosen = ArrayNode.elementwise("where", [node(condition), node(a), node(b)], dtype)
    np.testing.assert_array_equal(computed(chosen), np.where(condition, a, b))
    if dtype not in COMPLEX:
        clipped = ArrayNode.elementwise("clip", [node(a), node(b), node(c)], dtype)
        assert_same(computed(clipped), np.clip(a, b, c))


@pytest.mark.parametrize("target", EVERY)
@settings(max_examples=20, deadline=None)
@given(dtype=st.sampled_from(EVERY), shape=shapes(), rng=RNG, layout=layouts())
def test_casts(target, dtype, shape, rng, layout):
    array = layout(dtype, shape, rng)
    if target == "uint32" and array.dtype.kind in "fc":
        # numpy's own loops differ from place to place beyond the range.
        array = np.where(np.isfinite(array.real), array, 0).astype(dtype)
    result = computed(ArrayNode.cast(node(array), target))
    assert_same(result, array.astype(target))


def tolerance(dtype, array):
    """Relative for positive sums, absolute for others, of which the parts may cancel."""
    relative = {"float16": 2e-3, "float32": 1e-6, "complex64": 1e-6}.get(dtype, 1e-11)
    wide = array.astype(np.complex128 if array.dtype.kind == "c" else np.float64)
    size = np.abs(np.where(np.isfinite(wide), wide, 0))
    return {"relative": relative, "absolute": float(size.sum() * relative) if size.size else 0.0}


@pytest.mark.parametrize("operation", REDUCTIONS)
@settings(max_examples=20, deadline=None)
@given(data=st.data())
def test_reductions(operation, data):
    dtype, shape, rng = data.draw(st.sampled_from(REDUCTIONS[operation])), data.draw(shapes()), data.draw(RNG)
    axes = data.draw(st.sampled_from([(0,), (len(shape) - 1,), tuple(range(len(shape)))]))
    is_moment = operation.removeprefix("nan") in ("sum", "prod", "mean", "var", "std")
    array = data.draw(layouts())(dtype, shape, rng, moderate=is_moment and not operation.startswith("nan"))
    if operation.endswith("prod") and array.dtype.kind == "f":
        array = np.sign(array)
    function = getattr(np, operation)
    options = {"ddof": data.draw(st.sampled_from([0, 1]))} if operation.removeprefix("nan") in ("var", "std") else {}
    # In float64, to which rounding in float32 is no oracle.
    wide = {"f": np.float64, "c": np.complex128}.get(array.dtype.kind) if is_moment else None
    exact = array if wide is None else array.astype(wide)
    axis = axes if "arg" not in operation else (axes[0] if len(axes) == 1 else None)
    element = np.asarray(function(np.ones(1, dtype), **options)).dtype.name
    try:
        expected = np.asarray(function(exact, axis=axis, **options)).astype(element)
    except ValueError:
        if array.size == 0:
            return
        with pytest.raises(ValueError, match="NaN"):
            computed(ArrayNode.reduce(operation, node(array), axes, False, element))
        return
    result = ArrayNode.reduce(operation, node(array, parts=3), axes, False, element, options.get("ddof", 0))
    room = tolerance(dtype, array) if is_moment else {}
    if operation.removeprefix("nan") == "var":
        room["absolute"] = room["absolute"] ** 2
    assert_same(computed(result), expected, **room)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("shape", [(1, 3), (9, 2049), (64, 2048), (65, 130), (130, 2, 513)])
@pytest.mark.parametrize("missing", [0.0, 0.2, 1.0])
def test_reductions_along_outer_axes(dtype, shape, missing):
    """Moments of numbers with an offset, and extremes of which most are tied, of memory that lies in every way."""
    rng = np.random.default_rng(3)
    array = (1e6 + rng.integers(-9, 9, shape) / 8).astype(dtype)
    array[rng.random(shape) < missing] = np.nan
    turned = np.ascontiguousarray(array.T).T
    for view in (array, turned, array[::-1], array[..., ::-1]):
        for operation in ("var", "std", "nanmean", "nanvar", "nanstd", "argmin", "argmax", "nanargmin", "nanargmax"):
            if operation.startswith("nanarg") and np.isnan(view).all(axis=0).any():
                continue
            expected = np.asarray(getattr(np, operation)(view.astype(np.float64), axis=0))
            element = expected.dtype.name if "arg" in operation else dtype
            for parts in (1, 5):
                result = ArrayNode.reduce(operation, node(view, parts), (0,), False, element, 0.0)
                room = {"relative": 2 * float(np.finfo(dtype).eps), "absolute": 1e-11} if "arg" not in operation else {}
                assert_same(computed(result), expected.astype(element), **room)


@pytest.mark.parametrize(
    "family", [["sum", "mean", "var", "std", "min", "max"], ["nanmean", "nanstd", "nanmin", "nanmax"]]
)
@settings(max_examples=20, deadline=None)
@given(dtype=st.sampled_from([*REALS, "int16", "complex64"]), shape=shapes(), rng=RNG, layout=layouts(), data=st.data())
def test_reductions_together(family, dtype, shape, rng, layout, data):
    """What one sweep computes for several is what each gives alone, for whichever operations, axes and arrays."""
    array = layout(dtype, shape, rng, moderate=not family[0].startswith("nan"))
    axes = data.draw(st.sampled_from([(0,), tuple(range(len(shape)))]))
    if any(array.shape[axis] == 0 for axis in axes):
        return
    names = data.draw(st.lists(st.sampled_from([*family, "nansum", "count_nonzero"]), min_size=2, max_size=6))
    names = [name for name in names if dtype in REDUCTIONS[name]]
    arrays = node(array, parts=2)
    results = []
    for name in names:
        element = np.asarray(getattr(np, name)(np.ones(1, dtype))).dtype.name
        results.append(ArrayNode.reduce(name, arrays, axes, data.draw(st.booleans()), element, 0.0))
    outputs = [np.empty(result.shape, result.element) for result in results]
    arrays_compute(results, outputs)
    for result, output in zip(results, outputs, strict=True):
        assert_same(output, computed(result), 2, **tolerance("float64", array))


@pytest.mark.parametrize("operation", SCANS)
@settings(max_examples=20, deadline=None)
@given(dtype=st.sampled_from(NUMBERS), shape=shapes(), rng=RNG, layout=layouts(), last=st.booleans())
def test_scans(operation, dtype, shape, rng, layout, last):
    array = layout(dtype, shape, rng, moderate=operation in ("cumsum", "cumprod"))
    if operation.endswith("prod") and array.dtype.kind == "f":
        array = np.sign(array)
    axis = len(shape) - 1 if last else 0
    element = SCANS[operation](np.ones(1, dtype)).dtype.name
    is_sum = operation.endswith(("sum", "prod")) and array.dtype.kind == "f"
    expected = SCANS[operation](array.astype(np.float64) if is_sum else array, axis=axis).astype(element)
    result = ArrayNode.scan(operation, node(array, parts=3), axis, element)
    assert_same(computed(result), expected, **(tolerance(dtype, array) if is_sum else {}))


@pytest.mark.parametrize("operation", [*REDUCTIONS])
@pytest.mark.parametrize("order", list(permutations(range(3))), ids=str)
def test_reductions_of_turned_arrays(operation, order):
    """Elements are reduced as they lie; positions count along the axes as they are turned."""
    rng = np.random.default_rng(2)
    array = rng.permutation(np.repeat(np.arange(35.0), 4)).reshape(4, 5, 7)
    if operation.startswith("nan"):
        array[rng.random(array.shape) < 0.2] = np.nan
        array[0, 0, 0] = array[1, 1, 1] = 35
    turned = ArrayNode.permute(node(array, 2), order)
    finds_places = "arg" in operation
    for axes in [(0,), (1,), (2,), (0, 2), (0, 1, 2)]:
        for keeps_axes in (False, True):
            if finds_places and len(axes) == 2:
                continue  # numpy has no positions along two axes
            given = (axes[0] if len(axes) == 1 else None) if finds_places else axes
            try:
                expected = np.asarray(getattr(np, operation)(array.transpose(order), axis=given, keepdims=keeps_axes))
            except ValueError:  # all NaN
                continue
            result = ArrayNode.reduce(operation, turned, axes, keeps_axes, expected.dtype.name)
            assert result.shape == expected.shape
            np.testing.assert_allclose(computed(result), expected, rtol=1e-12)


@pytest.mark.parametrize("order", list(permutations(range(3))), ids=str)
def test_operations_on_turned_arrays(order):
    """With constants, with each other, and with arrays that are not turned, or turned to another order."""
    rng = np.random.default_rng(3)
    array, other = rng.normal(size=(4, 5, 5)), rng.normal(size=(4, 5, 5))
    turned, straight = array.transpose(order), rng.normal(size=array.transpose(order).shape)
    first, second = ArrayNode.permute(node(array, 2), order), ArrayNode.permute(node(other, 3), order)
    swapped = ArrayNode.permute(node(other.transpose(order).transpose(0, 2, 1).copy(), 2), (0, 2, 1))

    def add(a, b):
        return ArrayNode.elementwise("add", [a, b], "float64")

    full = ArrayNode.full(np.float64(2.5).tobytes(), "float64", turned.shape, tuple((side,) for side in turned.shape))
    scalar = ArrayNode.full(np.float64(2.5).tobytes(), "float64", (), ())
    cases = [
        (add(first, scalar), turned + 2.5),
        (add(full, first), turned + 2.5),
        (add(first, second), turned + other.transpose(order)),
        (add(first, swapped), turned + other.transpose(order)),
        (add(first, node(straight, 2)), turned + straight),
        (add(full, full), np.full(turned.shape, 5.0)),
    ]
    for result, expected in cases:
        np.testing.assert_array_equal(computed(result), expected)
        total = ArrayNode.reduce("sum", result, (0, 2), False, "float64")
        np.testing.assert_allclose(computed(total), expected.sum(axis=(0, 2)), rtol=1e-12)


def test_axes_turned_very_often():
    array = np.arange(12.0).reshape(3, 4)
    turned = added = node(array, 2)
    one = ArrayNode.full(np.float64(1).tobytes(), "float64", (), ())
    for _ in range(20_001):
        turned = ArrayNode.permute(turned, (1, 0))
        added = ArrayNode.elementwise("add", [ArrayNode.permute(added, (1, 0)), one], "float64")
    for result, expected in [(turned, array.T), (added, array.T + 20_001)]:
        total = ArrayNode.reduce("sum", result, (0,), False, "float64")
        np.testing.assert_array_equal(computed(total), expected.sum(axis=0))
