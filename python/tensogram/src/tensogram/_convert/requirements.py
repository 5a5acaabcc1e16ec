"""The libraries behind the converters, which are extras of this package."""

import importlib


def need_grib() -> None:
    """Raises RuntimeError, with the way to get it, where ecCodes cannot be loaded."""
    _need("eccodes", "GRIB", "grib")


def need_netcdf() -> None:
    """Raises RuntimeError, with the way to get it, where netCDF4 cannot be loaded."""
    _need("netCDF4", "NetCDF", "netcdf")


def is_there(module: str) -> bool:
    """Whether the module can be imported; one that is installed without its library cannot."""
    try:
        importlib.import_module(module)
    except Exception:
        return False
    return True


def _need(module: str, form: str, extra: str) -> None:
    try:
        importlib.import_module(module)
    except Exception as error:
        raise RuntimeError(
            f"tensogram runs here as built without {form} support, for {module} cannot be loaded ({error}): "
            f'pip install "tensogram[{extra}]"'
        ) from error
