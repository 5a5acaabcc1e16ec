"""Fields as weather centres have them: how small they become, what that costs, and what GRIB makes of them.

    python examples/real_fields.py
    python examples/real_fields.py --netcdf eraint_uvz.nc --grib ifs_2t_0p25.grib2

Every field of a NetCDF file is packed to 16 and to 24 bits and compressed with szip. The field of a GRIB
file is packed here and by ECMWF's own library, ecCodes, with as many bits: both lose half a step of
their packing at most, and so may differ by half of either. Without files it makes winds and a
temperature field.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import tensogram

BITS = (16, 24)
Field = NDArray[np.float64]


@dataclass
class Packed:
    """A field after packing: the bytes of its message, what comes back, and how far apart values can be stored."""

    size: int
    values: Field
    step: float


def main() -> None:
    parser = argparse.ArgumentParser(description="Pack real fields, and compare with GRIB.")
    parser.add_argument("--netcdf", type=Path, help="a file whose fields to take (made up if not given)")
    parser.add_argument("--grib", type=Path, help="a GRIB file whose first field to take (made up if not given)")
    options = parser.parse_args()
    fields = dict(variables(options.netcdf) if options.netcdf else winds())
    problems = [problem for name, field in fields.items() for problem in show_packing(name, field)]
    problems += show_grib(options.grib)
    sys.exit("\n".join(problems) or None)


# Fields


def variables(path: Path) -> Iterator[tuple[str, Field]]:
    import xarray as xr

    with xr.open_dataset(path) as dataset:
        for name, variable in dataset.data_vars.items():
            if variable.ndim >= 2 and variable.dtype.kind == "f" and bool(variable.notnull().all()):
                yield str(name), variable.to_numpy().astype(np.float64)


def winds() -> Iterator[tuple[str, Field]]:
    """Jets on both hemispheres, with eddies, in m/s."""
    dice = np.random.default_rng(0)
    latitude = np.linspace(np.pi / 2, -np.pi / 2, 181)[:, np.newaxis]
    longitude = np.linspace(0, 2 * np.pi, 360, endpoint=False)
    eddies = np.sin(6 * longitude + 3 * latitude) * np.cos(latitude)
    for name, field in ("u", 30 * np.sin(2 * latitude) ** 2 + 8 * eddies), ("v", 12 * eddies):
        yield name, field + dice.normal(0, 0.2, field.shape)


def temperature() -> Field:
    """Warm at the equator, in K."""
    latitude = np.linspace(np.pi / 2, -np.pi / 2, 181)[:, np.newaxis]
    return 250 + 50 * np.cos(latitude) ** 2 + np.random.default_rng(0).normal(0, 0.5, (181, 360))


# Packing


def pack(field: Field, bits: int) -> Packed:
    """Through `simple_packing` and szip, and back."""
    stages = {"encoding": "simple_packing", "sp_bits_per_value": bits, "compression": "szip"}
    descriptor = {"type": "ntensor", "shape": field.shape, "dtype": "float64", **stages}
    message = tensogram.encode({}, [(descriptor, field)])
    found, values = tensogram.decode(message).objects[0]
    return Packed(len(message), values, step(found.params["sp_binary_scale_factor"]))


def step(binary_scale: int, decimal_scale: int = 0) -> float:
    """The distance of neighbouring values, as GRIB defines it (regulation 92.9.4)."""
    return float(2.0**binary_scale * 10.0**-decimal_scale)


def show_packing(name: str, field: Field) -> Iterator[str]:
    print(f"{name}: {' × '.join(map(str, field.shape))} values, {field.min():.6g} to {field.max():.6g}")
    for bits in BITS:
        packed = pack(field, bits)
        error = float(np.abs(packed.values - field).max())
        print(
            f"  packed in {bits} bits, szip: {packed.size:,} bytes, {packed.size * 8 / field.size:.2f} bits a value, "
            f"{field.nbytes / packed.size:.1f} times smaller, error {error:.3g} of {packed.step / 2:.3g} allowed"
        )
        if error > rounding(field) + packed.step / 2:
            yield f"{name}: an error of {error} in {bits} bits, more than half a step of {packed.step}"


def rounding(field: Field) -> float:
    """What adding two double-precision numbers of this size may lose."""
    return float(4 * np.spacing(np.abs(field).max()))


# GRIB


def show_grib(path: Path | None) -> Iterator[str]:
    try:
        import eccodes
    except ImportError:
        print("GRIB: nothing to compare with, ecCodes is not installed: pip install 'tensogram[grib]'")
        return
    handle = first_field(eccodes, path)
    field = eccodes.codes_get_values(handle)
    print(f"{path.name if path else 'temperature'}: {field.size} values, {field.min():.6g} to {field.max():.6g}")
    for bits in BITS:
        here = pack(field, bits)
        for packing in ("grid_simple", "grid_ccsds"):
            there = pack_as_grib(eccodes, handle, field, packing, bits)
            difference = float(np.abs(here.values - there.values).max())
            allowed = (here.step + there.step) / 2 + rounding(field)
            print(
                f"  {bits} bits: {here.size:,} bytes here, {there.size:,} as GRIB {packing}; "
                f"values differ by {difference:.3g} of {allowed:.3g} allowed"
            )
            if difference > allowed:
                yield f"GRIB {packing} in {bits} bits: values differ by {difference}, {allowed} is allowed"
    eccodes.codes_release(handle)


def first_field(eccodes: Any, path: Path | None) -> Any:
    if path is None:
        field = temperature()
        handle = eccodes.codes_grib_new_from_samples("regular_ll_sfc_grib2")
        eccodes.codes_set(handle, "Ni", field.shape[1])
        eccodes.codes_set(handle, "Nj", field.shape[0])
        eccodes.codes_set(handle, "bitsPerValue", 24)
        eccodes.codes_set_values(handle, field.ravel())
        return handle
    with path.open("rb") as file:
        return eccodes.codes_grib_new_from_file(file)


def pack_as_grib(eccodes: Any, handle: Any, field: Field, packing: str, bits: int) -> Packed:
    copy = eccodes.codes_clone(handle)
    try:
        eccodes.codes_set(copy, "packingType", packing)
        eccodes.codes_set(copy, "decimalScaleFactor", 0)
        eccodes.codes_set(copy, "bitsPerValue", bits)
        eccodes.codes_set_values(copy, field)
        scales = (eccodes.codes_get(copy, key) for key in ("binaryScaleFactor", "decimalScaleFactor"))
        return Packed(len(eccodes.codes_get_message(copy)), eccodes.codes_get_values(copy), step(*scales))
    finally:
        eccodes.codes_release(copy)


if __name__ == "__main__":
    main()
