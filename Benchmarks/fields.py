"""The data that is measured on: the same values in both interpreters."""

from typing import Any

import numpy as np
from numpy.typing import NDArray


def temperature(*shape: int, dtype: str = "float64", seed: int = 0) -> NDArray[Any]:
    """Temperatures in kelvin that vary smoothly along the last two axes, with noise, in steps of 1/1024 K."""
    rows, columns = shape[-2:]
    latitude = np.linspace(-np.pi / 2, np.pi / 2, rows)[:, None]
    longitude = np.linspace(0, 2 * np.pi, columns)[None, :]
    climate = 250 + 45 * np.cos(latitude) + 4 * np.sin(3 * longitude) * np.cos(2 * latitude)
    noise = np.random.default_rng(seed).standard_normal(shape, dtype=np.float32)
    field: NDArray[Any] = np.round((climate + noise) * 1024) / 1024
    return field.astype(dtype)


def described(field: NDArray[Any], **keys: object) -> tuple[dict[str, Any], NDArray[Any]]:
    """An object to encode; `keys` are the stages of its pipeline, their parameters, its name."""
    return {"type": "ntensor", "shape": list(field.shape), "dtype": str(field.dtype)} | keys, field
