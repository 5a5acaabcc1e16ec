"""`AsyncTensogramFile` (contract §17)."""

import asyncio
import threading

import fsspec.asyn
import numpy as np
import pytest

import tensogram

FIELD = np.linspace(0, 1, 40_000).reshape(200, 200)
DESCRIPTOR = {"type": "ntensor", "shape": [200, 200], "dtype": "float64", "compression": "zstd"}
COUNT = 4


@pytest.fixture(params=["local", "remote"])
def source(request, path, server):
    """Path or URL of a file with four messages of two objects."""
    file = tensogram.TensogramFile.create(path)
    for number in range(COUNT):
        plain = DESCRIPTOR | {"compression": "none"}
        file.append({"number": number}, [(DESCRIPTOR, FIELD + number), (plain, FIELD - number)])
    if request.param == "local":
        return path
    return server.put("a.tgm", b"".join(file.messages()))


async def opened(source):
    return await tensogram.AsyncTensogramFile.open(source)


def run(coroutine):
    return asyncio.run(asyncio.wait_for(coroutine, 60))


# MARK: answers


def test_answers_are_those_of_the_other_class(source):
    plain = tensogram.TensogramFile.open(source)

    async def read():
        file = await opened(source)
        assert await file.message_count() == len(plain) == COUNT
        assert await file.read_message(1) == plain.read_message(1)
        assert (await file.file_decode_metadata(2))["number"] == 2
        described = await file.file_decode_descriptors(0)
        assert [d.compression for d in described["descriptors"]] == ["zstd", "none"]
        message = await file.decode_message(3, verify_hash=True)
        assert np.array_equal(message.objects[1][1], FIELD - 3)
        answer = await file.file_decode_object(1, 0, verify_hash=True)
        assert sorted(answer) == ["data", "descriptor", "metadata"]
        assert np.array_equal(answer["data"], FIELD + 1)
        parts = await file.file_decode_range(2, 1, [(0, 3), (777, 5)])
        assert [part.tolist() for part in parts] == [
            part.tolist() for part in plain.file_decode_range(2, 1, [(0, 3), (777, 5)])
        ]
        assert (await file.file_decode_range(2, 1, [(0, 3)], join=True)).shape == (3,)
        assert await file.messages() == [plain.read_message(number) for number in range(COUNT)]

    run(read())


def test_what_is_known_at_once(source):
    async def read():
        file = await opened(source)
        assert file.source() == source
        assert file.is_remote() == source.startswith("http")
        assert repr(file) == f"AsyncTensogramFile(source='{source}')"

    run(read())


def test_open_remote(source):
    if not source.startswith("http"):
        source = f"file://{source}"

    async def read():
        file = await tensogram.AsyncTensogramFile.open_remote(source, {}, bidirectional=False)
        return (await file.file_decode_metadata(1))["number"]

    assert run(read()) == 1


def test_batches(source):
    order = [2, 0, 0, 3]

    async def read():
        file = await opened(source)
        calls = [file.file_decode_object_batch(order, 1), file.file_decode_range_batch(order, 1, [(5, 2)], join=True)]
        if not file.is_remote():
            for call in calls:
                with pytest.raises(OSError, match="remote backend"):
                    await call
            return
        objects, parts = await asyncio.gather(*calls)
        assert [answer["data"][0, 0] for answer in objects] == [-number for number in order]
        assert [part.tolist() for part in parts] == [(FIELD.ravel()[5:7] - number).tolist() for number in order]

    run(read())


# MARK: iteration and contexts


def test_iteration_is_over_after_the_last(source):
    async def read():
        file = await opened(source)
        with pytest.raises(RuntimeError, match="message_count"):
            len(file)
        with pytest.raises(RuntimeError, match="message_count"):
            aiter(file)
        with pytest.raises(RuntimeError, match="message_count"):
            bool(file)
        await file.message_count()
        assert len(file) == COUNT and file
        numbers = [message.metadata["number"] async for message in file]
        assert numbers == list(range(COUNT))
        first, second = aiter(file), aiter(file)
        assert repr(first) == f"AsyncTensogramFileIter(position=0, remaining={COUNT})"
        await anext(first)
        assert (len(first), len(second)) == (COUNT - 1, COUNT)
        async for _ in first:
            pass
        for _ in range(2):
            with pytest.raises(StopAsyncIteration):
                await anext(first)

    run(read())


def test_context(source):
    async def read():
        async with await tensogram.AsyncTensogramFile.open(source) as file:
            assert isinstance(file, tensogram.AsyncTensogramFile)
        with pytest.raises(ZeroDivisionError):
            async with file as same:
                assert same is file
                raise ZeroDivisionError
        return await file.message_count()

    assert run(read()) == COUNT


# MARK: many at a time


def test_gather_over_one_handle(source):
    async def read():
        file = await opened(source)
        answers = await asyncio.gather(*(file.file_decode_object(n % COUNT, n % 2) for n in range(40)))
        return [answer["data"][0, 0] for answer in answers]

    assert run(read()) == [(-1) ** (n % 2) * (n % COUNT) for n in range(40)]


def test_requests_are_under_way_together(server):
    content = tensogram.encode({}, [({"type": "x", "shape": [100_000], "dtype": "float64"}, np.zeros(100_000))])
    url = server.put("a.tgm", content * 8)

    async def read():
        file = await opened(url)
        await file.message_count()
        await file.prefetch_layouts(range(8))
        server.gate = threading.Barrier(8)  # nobody is answered before all eight have asked
        return await asyncio.gather(*(file.file_decode_object(number, 0) for number in range(8)))

    assert len(run(read())) == 8


def test_the_event_loop_runs_meanwhile(source):
    async def read():
        file = await opened(source)
        turns = 0
        answers = asyncio.gather(*(file.decode_message(number % COUNT) for number in range(50)))
        while not answers.done():
            turns += 1
            await asyncio.sleep(0)
        return turns

    assert run(read()) > 50


def test_prefetched_layouts_need_no_request(server):
    content = tensogram.encode({"a": 1}, [(DESCRIPTOR, FIELD)])
    url = server.put("a.tgm", content * 5)

    async def read():
        file = await opened(url)
        for _ in range(2):
            await file.prefetch_layouts([0, 4, 2, 2])
        with server.counted() as requests:
            await asyncio.gather(*(file.file_decode_metadata(number) for number in (0, 2, 4)))
        with pytest.raises(ValueError, match="out of range"):
            await file.prefetch_layouts([5])
        return requests

    assert run(read()) == []


def test_prefetching_a_local_file_does_nothing(two_messages):
    async def read():
        await (await opened(two_messages)).prefetch_layouts([99])

    run(read())


def test_a_cancelled_call_leaves_the_handle_usable(source):
    async def read():
        file = await opened(source)
        calls = [asyncio.ensure_future(file.file_decode_object(number % COUNT, 0)) for number in range(30)]
        for call in calls[::2]:
            call.cancel()
        results = await asyncio.gather(*calls, return_exceptions=True)
        assert {type(result) for result in results[::2]} <= {asyncio.CancelledError, dict}
        assert {type(result) for result in results[1::2]} == {dict}
        return await file.message_count()

    assert run(read()) == COUNT


def test_cancelling_gives_up_the_request(server):
    content = tensogram.encode({}, [({"type": "x", "shape": [100_000], "dtype": "float64"}, np.zeros(100_000))])
    url = server.put("a.tgm", content)

    async def read():
        file = await opened(url)
        await file.file_decode_metadata(0)
        server.gate = threading.Barrier(2)  # the answer waits for another request, which does not come
        server.arrived.clear()
        call = asyncio.ensure_future(file.file_decode_object(0, 0))
        await asyncio.to_thread(server.arrived.wait, 10)
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        while asyncio.all_tasks(fsspec.asyn.get_loop()):
            await asyncio.sleep(0)
        assert not server.gate.broken
        server.gate.abort()
        server.gate = None
        return (await file.file_decode_object(0, 0))["data"].size

    assert run(read()) == 100_000


# MARK: errors


def test_errors_come_when_awaited(source):
    async def read():
        file = await opened(source)
        for call in (
            file.decode_message(999),
            file.read_message(999),
            file.file_decode_metadata(999),
            file.file_decode_object(0, 9),
            file.file_decode_range(0, 0, [(0, 1)]),
        ):
            with pytest.raises(ValueError):
                await call
        for missing in (source + "x", source + "/x"):
            call = tensogram.AsyncTensogramFile.open(missing)
            with pytest.raises(OSError):
                await call

    run(read())


def test_wrong_arguments_are_raised_by_the_call(source):
    async def read():
        file = await opened(source)
        for call in (
            lambda: file.decode_message("0"),
            lambda: file.decode_message(0, restore_non_finite=True),
            lambda: file.decode_message(0, verify_hash=1),
            lambda: file.file_decode_object(0),
            lambda: file.file_decode_range(0, 0, "ranges"),
            lambda: file.file_decode_range(0, 0, [(0, 1)], verify_hash=True),
            lambda: file.file_decode_object_batch([None], 0),
            lambda: file.prefetch_layouts(3),
            lambda: tensogram.AsyncTensogramFile.open(source, bidirectional=1),
            lambda: tensogram.AsyncTensogramFile.open_remote(source, "options"),
        ):
            with pytest.raises(TypeError):
                call()
        with pytest.raises(OverflowError):
            file.decode_message(-1)

    run(read())


def test_without_an_event_loop(source):
    with pytest.raises(RuntimeError, match="no running event loop"):
        tensogram.AsyncTensogramFile.open(source)


def test_the_class_is_closed(source):
    with pytest.raises(TypeError):
        tensogram.AsyncTensogramFile()
    with pytest.raises(TypeError):
        type("Derived", (tensogram.AsyncTensogramFile,), {})
    for name in ("append", "create", "close", "__getitem__", "__iter__"):
        assert not hasattr(tensogram.AsyncTensogramFile, name)
