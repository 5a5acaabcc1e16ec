"""What is measured: each case is a piece of work and how many times faster than the published package it has to be."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from fields import described, temperature
from numpy.typing import NDArray

import tensogram

Operation = Callable[[], object]

# Whether this interpreter has Tensogram for Swift: the published package lacks what some cases show.
IS_CANDIDATE = "+swift" in version("tensogram")


@dataclass(frozen=True)
class Case:
    """`prepare` makes the operation to time, whose result must be the same on both sides.

    The folder is the case's own. `write` puts the files there that `prepare` and the operation read; the published
    package does it, so that both sides read the same bytes. `rounds` is for what takes long; else the caller says.
    """

    work: str
    required: float
    prepare: Callable[[Path], Operation]
    write: Callable[[Path], None] = lambda _: None
    most_bytes_read: int | None = None
    rounds: int | None = None


def all_cases() -> list[Case]:
    shuffle = {"filter": "shuffle", "shuffle_element_size": 8}
    blosc2 = {"compression": "blosc2", "blosc2_codec": "lz4", "blosc2_clevel": 5}
    return [
        *pipeline("none", encode=8, decode=6),
        Case("none: decode, copy=False", 100, decode_without_copy, write_message),
        Case("none: decode from a file and sum", 3, decode_from_file, write_message),
        *pipeline("zstd", encode=1, decode=1, compression="zstd"),
        *pipeline("shuffle + zstd", encode=1, decode=1, compression="zstd", **shuffle),
        *pipeline("lz4", encode=1.5, decode=2, compression="lz4"),
        *pipeline("blosc2", encode=1, decode=1, **blosc2),
        range_of("blosc2", 20, **blosc2),
        range_of("zfp, fixed rate 16", 1000, compression="zfp", zfp_mode="fixed_rate", zfp_rate=16.0),
        *(
            case
            for bits in (8, 16, 24, 32)
            for case in pipeline(f"packing {bits}", encode=3, decode=2, **packing(bits))
        ),
        *(case for bits in (16, 24) for case in szip(bits)),
        *small_message(),
        Case("open_dataset, 160 MB in one object", 50, open_dataset, write_large_file, most_bytes_read=1_000_000),
        Case("open 1000 files and read a point of each", 20, points_of_files, write_days, rounds=3),
        Case("open_mfdataset of 100 files, mean of one time", 5, mean_of_files, write_days, rounds=5),
        Case("open_datasets, 2000 messages", 1, open_messages, write_messages),
        Case("open 2000 messages and read the stack", 20, read_stack, write_messages),
        *walk_through("none", dask=8, native=40),
        *walk_through("packing 16 + szip", dask=1.5, native=3, dtype="float64", **packing(16), **SZIP),
    ]


SZIP = {"compression": "szip", "szip_rsi": 128, "szip_block_size": 16, "szip_flags": 8}


def packing(bits: int) -> dict[str, Any]:
    return {"encoding": "simple_packing", "sp_bits_per_value": bits}


def szip(bits: int) -> Iterator[Case]:
    stages = packing(bits) | SZIP
    yield from pipeline(f"packing {bits} + szip", encode=1.2, decode=1.5, **stages)
    yield decoding(f"packing {bits} + szip, 2 threads", 2.5, threads=2, **stages)


# One float64 field of four million values in memory.


@cache
def large_field() -> NDArray[Any]:
    return temperature(2000, 2000)


def write_message(folder: Path, **stages: Any) -> None:
    (folder / "field.tgm").write_bytes(tensogram.encode({}, [described(large_field(), **stages)]))


def pipeline(name: str, *, encode: float, decode: float, **stages: Any) -> Iterator[Case]:
    def prepare(_: Path) -> Operation:
        objects = [described(large_field(), **stages)]
        return lambda: tensogram.encode({}, objects)

    yield Case(f"{name}: encode", encode, prepare)
    yield decoding(name, decode, **stages)


def decoding(name: str, required: float, *, threads: int = 0, **stages: Any) -> Case:
    def prepare(folder: Path) -> Operation:
        message = (folder / "field.tgm").read_bytes()
        return lambda: tensogram.decode(message, threads=threads)

    return Case(f"{name}: decode", required, prepare, lambda folder: write_message(folder, **stages))


def range_of(name: str, required: float, **stages: Any) -> Case:
    """A thousand values out of the middle, each side reading what it wrote itself."""

    def prepare(_: Path) -> Operation:
        message = tensogram.encode({}, [described(large_field(), **stages)])
        return lambda: tensogram.decode_range(message, 0, [(large_field().size // 2, 1000)], join=True)

    return Case(f"{name}: range of 1000", required, prepare)


def decode_without_copy(folder: Path) -> Operation:
    message = (folder / "field.tgm").read_bytes()
    options = {"copy": False} if IS_CANDIDATE else {}
    return lambda: tensogram.decode(message, **options)


def decode_from_file(folder: Path) -> Operation:
    path = str(folder / "field.tgm")

    def operation() -> float:
        with tensogram.TensogramFile.open(path) as file:
            return float(file.decode_message(0).objects[0][1].sum())

    return operation


# A message of 100 float32 values, where the cost is per call.


def small_message() -> Iterator[Case]:
    metadata = {"base": [{"mars": {"param": "2t", "levtype": "sfc"}}]}
    objects = [described(temperature(10, 10, dtype="float32"))]

    def write(folder: Path) -> None:
        (folder / "small.tgm").write_bytes(tensogram.encode(metadata, objects))

    def prepare(read: Callable[[bytes], object]) -> Callable[[Path], Operation]:
        def with_message(folder: Path) -> Operation:
            message = (folder / "small.tgm").read_bytes()
            return lambda: read(message)

        return with_message

    yield Case("100 float32: encode", 1.5, lambda _: lambda: tensogram.encode(metadata, objects))
    yield Case("100 float32: decode", 1.5, prepare(tensogram.decode), write)
    yield Case("100 float32: metadata", 1.5, prepare(tensogram.decode_metadata), write)


# Files through xarray and dask.


def write_large_file(folder: Path) -> None:
    write_file(folder / "large.tgm", {"temperature": temperature(20, 1000, 2000, dtype="float32")})


def write_file(path: Path, variables: dict[str, NDArray[Any]], **stages: Any) -> None:
    """One message with latitude, longitude and the variables, which all lie on that grid."""
    rows, columns = next(iter(variables.values())).shape[-2:]
    latitude, longitude = np.linspace(-90, 90, rows), np.linspace(0, 360, columns, endpoint=False)
    objects = [described(latitude), described(longitude), *(described(field, **stages) for field in variables.values())]
    names = [{"name": name} for name in ("latitude", "longitude", *variables)]
    with tensogram.TensogramFile.create(str(path)) as file:
        file.append({"base": names}, objects)


def open_dataset(folder: Path) -> Operation:
    import xarray

    path = str(folder / "large.tgm")

    def operation() -> dict[str, int]:
        with xarray.open_dataset(path, engine="tensogram", variable_key="name") as dataset:
            return {str(name): size for name, size in dataset.sizes.items()}

    return operation


# Many files, many messages.

FILES = 1000
# So many files are written; the others are further names of these, so that they fit into the page cache.
WRITTEN_FILES = 20


def write_days(folder: Path) -> None:
    """Files of a day each: four times on a grid of a quarter degree, 17 MB of float32."""
    for day in range(FILES):
        path = folder / f"{day:04d}.tgm"
        if day < WRITTEN_FILES:
            write_file(path, {"temperature": temperature(4, 721, 1440, dtype="float32", seed=day)})
        else:
            path.hardlink_to(folder / f"{day % WRITTEN_FILES:04d}.tgm")


def points_of_files(folder: Path) -> Operation:
    import xarray

    paths = sorted(folder.iterdir())

    def operation() -> float:
        total = 0.0
        for path in paths:
            with xarray.open_dataset(path, engine="tensogram", variable_key="name") as dataset:
                total += float(dataset["temperature"].isel(dim_0=0, latitude=360, longitude=400))
        return total

    return operation


def mean_of_files(folder: Path) -> Operation:
    import xarray

    paths = sorted(folder.iterdir())[:100]

    def operation() -> float:
        with xarray.open_mfdataset(paths, engine="tensogram", combine="nested", concat_dim="day") as dataset:
            return float(dataset["temperature"].isel(dim_0=0).mean())

    return operation


def write_messages(folder: Path) -> None:
    with tensogram.TensogramFile.create(str(folder / "steps.tgm")) as file:
        for step in range(2000):
            field = temperature(32, 32, dtype="float32", seed=step)
            file.append({"base": [{"name": "temperature", "step": step}]}, [described(field)])


def open_messages(folder: Path) -> Operation:
    from tensogram_xarray import open_datasets

    path = str(folder / "steps.tgm")
    return lambda: dict(open_datasets(path)[0].sizes)


def read_stack(folder: Path) -> Operation:
    from tensogram_xarray import open_datasets

    path = str(folder / "steps.tgm")
    return lambda: open_datasets(path)[0]["temperature"].values


def walk_through(name: str, *, dask: float, native: float, dtype: str = "float32", **stages: Any) -> Iterator[Case]:
    """Four time steps of ten pressure levels on a grid of a quarter degree, an object for each level."""

    def write(folder: Path) -> None:
        for step in range(4):
            fields = temperature(len(LEVELS), 721, 1440, dtype=dtype, seed=step)
            write_file(folder / f"{step}.tgm", dict(zip(LEVELS, fields, strict=True)), **stages)

    work = f"{name}: mean, std, min, max of 40 fields in 4 files"
    yield Case(f"{work}, dask", dask, statistics_with_dask, write)
    yield Case(f"{work}, native", native, statistics_natively if IS_CANDIDATE else statistics_with_dask, write)


LEVELS = [f"temperature_{level}hPa" for level in (1000, 925, 850, 700, 500, 400, 300, 200, 100, 50)]


def statistics_with_dask(folder: Path) -> Operation:
    import dask
    import dask.array
    import xarray

    def operation() -> tuple[float, ...]:
        steps = [
            xarray.open_dataset(path, engine="tensogram", chunks={}, variable_key="name")
            for path in sorted(folder.iterdir())
        ]
        field = dask.array.stack([dask.array.stack([step[level].data for level in LEVELS]) for step in steps])
        return tuple(map(float, dask.compute(field.mean(), field.std(), field.min(), field.max())))

    return operation


def statistics_natively(folder: Path) -> Operation:
    """The same on the lazy arrays of this package, which take the place of dask's."""
    import xarray

    def concatenated(parts: list[Any], dimension: str) -> Any:
        return xarray.concat(parts, dimension, coords="minimal", compat="override", join="override")

    def operation() -> tuple[float, ...]:
        with xarray.set_options(chunk_manager="tensogram"):
            steps = [
                xarray.open_dataset(
                    path, engine="tensogram", chunks={}, chunked_array_type="tensogram", variable_key="name"
                )
                for path in sorted(folder.iterdir())
            ]
            levels = [concatenated([step[level] for level in LEVELS], "level") for step in steps]
            field = concatenated(levels, "time")
            wanted = {"mean": field.mean(), "std": field.std(), "min": field.min(), "max": field.max()}
            result = xarray.Dataset(wanted).compute()
        return tuple(float(result[name]) for name in wanted)

    return operation
