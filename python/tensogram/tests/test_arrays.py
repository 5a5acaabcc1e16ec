"""Nodes of lazy arrays as the engine computes them: against numpy, over random expressions, shapes and blocks."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from tensogram._native import ArrayNode, arrays_compute, arrays_store, normalize_chunks

Array = NDArray[Any]
Pair = tuple[ArrayNode, Array]


def compute(*nodes: ArrayNode, **options: Any) -> list[Array]:
    outputs = [np.empty(node.shape, node.element) for node in nodes]
    arrays_compute(nodes, outputs, **options)
    return outputs


def in_memory(array: Array, chunks: Any = "auto") -> ArrayNode:
    if not isinstance(chunks, tuple):
        chunks = (chunks,) * array.ndim
    element = "object" if array.dtype == object else str(array.dtype)
    cut = normalize_chunks(chunks, array.shape, 1 << 27, max(array.itemsize, 1))
    return ArrayNode.memory(array, element, array.shape, cut)


def field(*shape: int) -> Array:
    return np.random.default_rng(0).normal(size=shape)


class Expression:
    """Draws operations on a pair of a node and what numpy makes of the same."""

    def __init__(self, data: st.DataObject) -> None:
        self.data = data

    def draw(self, strategy: st.SearchStrategy[Any]) -> Any:
        return self.data.draw(strategy)

    def source(self) -> Pair:
        shape = self.draw(st.lists(st.integers(1, 9), min_size=1, max_size=3))
        array = np.random.default_rng(self.draw(st.integers(0, 99))).integers(-50, 50, size=shape) / 4
        return in_memory(array, tuple(self.draw(st.integers(1, n)) for n in shape)), array

    def step(self, pair: Pair) -> Pair:
        steps = [self.add, self.add_row, self.slice, self.permute, self.expand, self.concatenate, self.take]
        steps += [self.reduce, self.reshape, self.rechunk, self.window, self.scan, self.assign, self.function]
        return self.draw(st.sampled_from(steps))(*pair)  # type: ignore[no-any-return]

    def axis(self, array: Array) -> int:
        return int(self.draw(st.integers(0, array.ndim - 1)))

    def add(self, node: ArrayNode, array: Array) -> Pair:
        return ArrayNode.elementwise("add", (node, node), "float64"), array + array

    def add_row(self, node: ArrayNode, array: Array) -> Pair:
        if array.ndim == 0:
            return self.add(node, array)
        row = np.arange(array.shape[-1], dtype=float)
        return ArrayNode.elementwise("subtract", (node, in_memory(row, 2)), "float64"), array - row

    def slice(self, node: ArrayNode, array: Array) -> Pair:
        parts, selection = [], []
        for size in array.shape:
            step = self.draw(st.sampled_from([1, 1, 2, -1, -3]))
            start = self.draw(st.integers(0, max(size - 1, 0)))
            room = (size - 1 - start) // step if step > 0 else start // -step
            count = self.draw(st.integers(0 if size == 0 else 1, room + 1)) if size else 0
            parts.append((start, step, count))
            selection.append(start + step * np.arange(count))
        return ArrayNode.slice(node, tuple(parts)), array[np.ix_(*selection)] if selection else array

    def permute(self, node: ArrayNode, array: Array) -> Pair:
        order = tuple(self.draw(st.permutations(range(array.ndim))))
        return ArrayNode.permute(node, order), array.transpose(order)

    def expand(self, node: ArrayNode, array: Array) -> Pair:
        place = self.draw(st.integers(0, array.ndim))
        wider = ArrayNode.expand(node, (place,))
        shape = (*array.shape[:place], 3, *array.shape[place:])
        return ArrayNode.broadcast(wider, shape), np.broadcast_to(np.expand_dims(array, place), shape)

    def concatenate(self, node: ArrayNode, array: Array) -> Pair:
        if array.ndim == 0:
            return node, array
        axis = self.axis(array)
        return ArrayNode.concat((node, node), axis), np.concatenate([array, array], axis)

    def take(self, node: ArrayNode, array: Array) -> Pair:
        if array.ndim == 0:
            return node, array
        axis = self.axis(array)
        shape = self.draw(st.sampled_from([(4,), (2, 3), ()]))
        indices = np.random.default_rng(self.draw(st.integers(0, 9))).integers(0, array.shape[axis], size=shape)
        lazy = self.draw(st.booleans())
        return (
            ArrayNode.take(node, axis, in_memory(indices, 2) if lazy else indices),
            np.take(array, indices, axis),
        )

    def reduce(self, node: ArrayNode, array: Array) -> Pair:
        axes = tuple(sorted(self.draw(st.sets(st.integers(0, array.ndim - 1))))) if array.ndim else ()
        name = self.draw(st.sampled_from(["sum", "mean", "min", "max", "std"]))
        keepdims = self.draw(st.booleans())
        reduced: Array = np.asarray(getattr(np, name)(array, axis=axes, keepdims=keepdims))
        return ArrayNode.reduce(name, node, axes, keepdims, "float64"), reduced

    def reshape(self, node: ArrayNode, array: Array) -> Pair:
        size = array.size
        divisor = self.draw(st.sampled_from([n for n in range(1, 13) if size % n == 0]))
        return ArrayNode.reshape(node, (size // divisor, divisor)), array.reshape(size // divisor, divisor)

    def rechunk(self, node: ArrayNode, array: Array) -> Pair:
        sizes = tuple(self.draw(st.integers(1, max(n, 1))) for n in array.shape)
        return ArrayNode.rechunk(node, normalize_chunks(sizes, array.shape, 1 << 20, 8)), array

    def window(self, node: ArrayNode, array: Array) -> Pair:
        if array.ndim == 0:
            return node, array
        axis = self.axis(array)
        size = self.draw(st.integers(1, array.shape[axis]))
        windows = np.lib.stride_tricks.sliding_window_view(array, size, axis)
        return ArrayNode.window(node, (axis,), (size,)), windows

    def scan(self, node: ArrayNode, array: Array) -> Pair:
        if array.ndim == 0:
            return node, array
        axis = self.axis(array)
        return ArrayNode.scan("cumsum", node, axis, "float64"), array.cumsum(axis)

    def assign(self, node: ArrayNode, array: Array) -> Pair:
        if array.ndim == 0:
            return node, array
        target = tuple((n - 1, -2, (n + 1) // 2) for n in array.shape)
        changed = array.copy()
        changed[tuple(np.s_[::-2] for _ in array.shape)] = 7.0
        return ArrayNode.assign(node, target, in_memory(np.full((1,) * array.ndim, 7.0))), changed

    def function(self, node: ArrayNode, array: Array) -> Pair:
        axes = tuple(range(array.ndim))
        return ArrayNode.blockwise(np.square, ((node, axes),), axes, {}, ("float64",))[0], array * array


@settings(deadline=None, max_examples=200)
@given(st.data())
def test_expressions_are_what_numpy_makes_of_them(data: st.DataObject) -> None:
    expression = Expression(data)
    pair = expression.source()
    for _ in range(data.draw(st.integers(1, 5))):
        if 0 < pair[1].size < 5000:
            pair = expression.step(pair)
    node, expected = pair
    assert node.shape == expected.shape
    assert tuple(map(sum, node.chunks)) == node.shape
    one, two = compute(node, threads=1)[0], compute(node, threads=2)[0]
    assert one.tobytes() == two.tobytes(), "the result depends on the number of threads"
    scale = max(1.0, float(np.abs(expected).max(initial=0)))
    np.testing.assert_allclose(one, expected, rtol=1e-9, atol=1e-10 * scale)


@pytest.mark.parametrize("axes", [(0,), (2,), (0, 2), (0, 1, 2)])
@pytest.mark.parametrize("name", ["nansum", "nanmean", "nanvar", "nanmin", "argmax", "any", "count_nonzero", "prod"])
def test_reductions_of_missing_values(name: str, axes: tuple[int, ...]) -> None:
    array = field(6, 7, 8)
    array[array > 1] = np.nan
    if name.startswith("arg"):
        array, axes = np.nan_to_num(array), axes[:1]
    expected = np.asarray(getattr(np, name)(array, axis=axes[0] if name.startswith("arg") else axes))
    node = ArrayNode.reduce(name, in_memory(array, (4, 2, 3)), axes, False, str(expected.dtype))
    np.testing.assert_allclose(compute(node)[0], expected, rtol=1e-12)


def test_index_of_an_extreme_over_all_axes_is_the_first_in_c_order() -> None:
    array = np.zeros((6, 6), "float32")
    node = ArrayNode.reduce("argmax", in_memory(array, 2), (0, 1), False, "int64")
    assert compute(node)[0] == 0
    array[[1, 0], [0, 5]] = 3
    assert compute(node)[0] == 5


def test_results_go_into_any_memory() -> None:
    array = field(5, 6)
    output = np.zeros((12, 5))[::2].T
    arrays_compute((in_memory(array, 2),), (output,))
    np.testing.assert_array_equal(output, array)


def test_two_results_of_one_function_take_one_call_a_block() -> None:
    calls = []

    def extremes(block: Array) -> tuple[Array, Array]:
        calls.append(block.shape)
        return block.min(axis=1), block.max(axis=1)

    array = field(6, 4)
    blocks = ArrayNode.blockwise(extremes, ((in_memory(array, (2, 4)), (0, 1)),), (0,), {}, ("float64", "float64"))
    least, most = compute(*blocks)
    np.testing.assert_array_equal(least, array.min(axis=1))
    np.testing.assert_array_equal(most, array.max(axis=1))
    assert calls == [(2, 4)] * 3


def test_functions_reduce_and_scan_by_blocks_in_order() -> None:
    array = field(9, 3)

    def last(block: Array) -> Array:
        return block[-1:]

    node = ArrayNode.external_reduce(last, last, lambda b: b[-1], in_memory(array, (2, 2)), 0, False, "float64")
    np.testing.assert_array_equal(compute(node)[0], array[-1])
    scan = ArrayNode.external_scan(
        lambda b: b.cumsum(0), np.add, lambda b: b.sum(0, keepdims=True), in_memory(array, (2, 2)), 0, "float64"
    )
    np.testing.assert_allclose(compute(scan)[0], array.cumsum(0))


def test_objects_are_moved_and_counted() -> None:
    value = object()
    array = np.array([[value, None, "a"], [1, 2.5, value]], dtype=object)
    node = in_memory(array, (1, 2))
    turned = ArrayNode.permute(ArrayNode.concat((node, node), 0), (1, 0))
    expected = np.concatenate([array, array]).T
    picked = ArrayNode.external_elementwise(lambda a: a, (ArrayNode.take(turned, 0, np.array([2, 0])),), "object")
    output, chosen = np.empty((3, 4), object), np.empty((2, 4), object)
    arrays_compute((turned, picked), (output, chosen))
    assert output.tolist() == expected.tolist()
    assert chosen.tolist() == expected[[2, 0]].tolist()


def test_store_hands_out_each_block_once() -> None:
    array, blocks = field(7, 5), {}

    def target(region: tuple[slice, ...], block: Array) -> None:
        blocks[tuple((part.start, part.stop) for part in region)] = block.copy()

    arrays_store((ArrayNode.elementwise("add", (in_memory(array, (3, 5)),) * 2, "float64"),), (target,))
    assert sorted(blocks) == [((0, 3), (0, 5)), ((3, 6), (0, 5)), ((6, 7), (0, 5))]
    for ((first, last), _), block in blocks.items():
        np.testing.assert_array_equal(block, 2 * array[first:last])


def test_progress_counts_to_the_end_and_may_stop() -> None:
    seen: list[tuple[int, int]] = []
    compute(in_memory(field(64), 1), progress=lambda done, total: seen.append((done, total)))
    assert seen[-1] == (64, 64)

    def stop(done: int, total: int) -> None:
        raise RuntimeError("enough")

    with pytest.raises(RuntimeError, match="enough"):
        compute(in_memory(field(64), 1), progress=stop)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (lambda b: b.astype("float32"), "returned an array of float32, shape (2, 4), where float64, shape [2, 4]"),
        (lambda b: b[:1], "shape (1, 4), where float64, shape [2, 4] was announced"),
        (lambda b: None, "returned an array of object"),
    ],
)
def test_results_of_functions_are_checked(wrong: Callable[[Array], Any], said: str) -> None:
    node = ArrayNode.blockwise(wrong, ((in_memory(field(4, 4), (2, 4)), (0, 1)),), (0, 1), {}, ("float64",))[0]
    with pytest.raises(ValueError) as caught:
        compute(node, threads=1)
    assert said in str(caught.value)
    assert caught.value.__notes__ == ["while computing block (0, 0) of <lambda>"]


def test_errors_of_functions_come_as_they_are() -> None:
    class Own(Exception):
        pass

    def fail(block: Array) -> Array:
        raise Own("as it is")

    node = ArrayNode.external_elementwise(fail, (in_memory(field(4), 2),), "float64")
    with pytest.raises(Own, match="as it is") as caught:
        compute(node)
    assert caught.traceback[-1].name == "fail"


def test_blocks_that_functions_get_are_read_only() -> None:
    def write(block: Array) -> Array:
        block[:] = 0
        return block

    array = field(4)
    with pytest.raises(ValueError, match="read-only"):
        compute(ArrayNode.external_elementwise(write, (in_memory(array, 2),), "float64"))


@pytest.mark.parametrize(
    "make",
    [
        lambda a: ArrayNode.memory(np.zeros(3), "float32", (3,), ((3,),)),
        lambda a: ArrayNode.memory(np.zeros(3), "float64", (3,), ((4,),)),
        lambda a: ArrayNode.elementwise("add", (a, in_memory(np.zeros(5))), "float64"),
        lambda a: ArrayNode.elementwise("add", (a, in_memory(np.zeros(4, "float32"))), "float64"),
        lambda a: ArrayNode.elementwise("no such", (a,), "float64"),
        lambda a: ArrayNode.reduce("sum", a, (2,), False, "float64"),
        lambda a: ArrayNode.reduce("sum", a, (0, 0), False, "float64"),
        lambda a: ArrayNode.slice(a, ((0, 1, 5), (0, 1, 4))),
        lambda a: ArrayNode.slice(a, ((0, 2**62, 3), (0, 1, 4))),
        lambda a: ArrayNode.slice(a, ((0, 1, -1), (0, 1, 4))),
        lambda a: ArrayNode.permute(a, (0, 0)),
        lambda a: ArrayNode.squeeze(a, (0,)),
        lambda a: ArrayNode.broadcast(a, (3, 4)),
        lambda a: ArrayNode.reshape(a, (5, 3)),
        lambda a: ArrayNode.concat((), 0),
        lambda a: ArrayNode.concat((a, ArrayNode.squeeze(ArrayNode.slice(a, ((0, 1, 1), (0, 1, 4))), (0,))), 0),
        lambda a: ArrayNode.window(a, (0,), (5,)),
        lambda a: ArrayNode.rechunk(a, ((4,), (5,))),
        lambda a: ArrayNode.assign(a, ((0, 1, 2), (0, 1, 4)), in_memory(np.zeros((3, 4)))),
        lambda a: ArrayNode.full(b"abc", "float64", (2,), ((2,),)),
        lambda a: ArrayNode.cast(a, "opaque:8"),
        lambda a: ArrayNode.blockwise(np.square, ((a, (0,)),), (0,), {}, ("float64",)),
        lambda a: ArrayNode.blockwise(np.square, ((a, (0, 1)),), (0, 1, 2), {}, ("float64",)),
    ],
)
def test_what_does_not_fit_is_refused(make: Callable[[ArrayNode], object]) -> None:
    with pytest.raises(ValueError):
        make(in_memory(np.zeros((4, 4)), 2))


@pytest.mark.parametrize("index", [4, -1])
def test_indices_outside_their_axis_are_refused(index: int) -> None:
    with pytest.raises(IndexError, match=f"index {index} is out of bounds for axis 0 with size 4"):
        ArrayNode.take(in_memory(np.zeros((4, 4)), 2), 0, np.array([index]))


def test_outputs_that_do_not_fit_are_refused() -> None:
    node = in_memory(np.zeros(4))
    for output in (np.zeros(5), np.zeros(4, "float32"), np.zeros((2, 2))):
        with pytest.raises(ValueError):
            arrays_compute((node,), (output,))
    with pytest.raises(ValueError):
        arrays_compute((node,), ())


def test_indices_that_are_computed_are_checked_then() -> None:
    node = ArrayNode.take(in_memory(np.arange(4.0), 2), 0, in_memory(np.array([0, -4, 4]), 1))
    with pytest.raises(IndexError, match="index 4 is out of bounds for axis 0 with size 4"):
        compute(node)


def test_memory_is_not_copied() -> None:
    array = np.zeros(4)
    node = in_memory(array)
    array[:] = 3
    np.testing.assert_array_equal(compute(node)[0], array)
