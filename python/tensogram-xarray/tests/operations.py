"""What users do with xarray, a line each: `(name, function of a DataArray)`, and who computes at the call.

The array has dimensions time (12), y (7), x (5), missing values, a time index, and unevenly cut chunks.
"""

import numpy as np
import pandas as pd
import xarray as xr

TIMES = pd.date_range("2024-01-01", periods=12, freq="MS")


def example():
    """Values with gaps, on coordinates."""
    generator = np.random.default_rng(5)
    values = generator.normal(280, 10, (12, 7, 5))
    values[generator.random(values.shape) < 0.1] = np.nan
    coords = {"time": TIMES, "y": np.arange(7.0) * 2, "x": np.arange(5.0), "area": ("y", np.linspace(1, 2, 7))}
    return xr.DataArray(values, coords, ["time", "y", "x"], "t", {"units": "K"})


def _positions(*values, dim="p"):
    return xr.DataArray(list(values), dims=dim)


INDEXING = {
    "isel integer": lambda a: a.isel(time=3),
    "isel negative integer": lambda a: a.isel(time=-1, x=-2),
    "isel slice": lambda a: a.isel(time=slice(2, 9, 3), x=slice(None, None, -1)),
    "isel list": lambda a: a.isel(y=[3, 0, 3, -1]),
    "isel empty list": lambda a: a.isel(y=[]),
    "isel two lists": lambda a: a.isel(y=[3, 0], x=[4, 4, 1]),
    "isel boolean": lambda a: a.isel(x=np.array([True, False, True, False, True])),
    "sel": lambda a: a.sel(time="2024-03-01", y=slice(2, 8)),
    "sel nearest": lambda a: a.sel(y=[2.9, 11], method="nearest"),
    "pointwise": lambda a: a.isel(y=_positions(0, 3, 6), x=_positions(4, 0, -1)),
    "pointwise, N-d": lambda a: a.isel(x=xr.DataArray([[0, 1], [4, 2]], dims=["p", "q"])),
    "pointwise over blocks": lambda a: a.sel(time=xr.DataArray(TIMES[[0, 5, 11]], dims="p"), x=_positions(1, 2, 3)),
    "head": lambda a: a.head(time=2),
    "tail": lambda a: a.tail(y=3),
    "thin": lambda a: a.thin(time=5),
    "sortby": lambda a: a.sortby("y", ascending=False),
    "drop_sel": lambda a: a.drop_sel(y=[4.0]),
    "squeeze": lambda a: a.isel(time=[3]).squeeze(),
    "expand_dims": lambda a: a.expand_dims(member=2),
    "broadcast_like": lambda a: a.isel(time=0, drop=True).broadcast_like(a),
    "reindex": lambda a: a.reindex(y=[0, 1, 2, 12, 14]),
    "reindex nearest": lambda a: a.reindex(y=[0.1, 5.7], method="nearest"),
    "align outer": lambda a: xr.align(a.isel(y=slice(0, 4)), a.isel(y=slice(2, 7)), join="outer")[1],
    "transpose": lambda a: a.transpose("x", ...),
    "stack": lambda a: a.stack(point=("y", "x")),
    "stack and unstack": lambda a: a.stack(point=("y", "x")).unstack("point"),
}

ELEMENTWISE = {
    "arithmetic": lambda a: (a - 273.15) * 2 / (a + 1) ** 2,
    "reflected": lambda a: 1 / a - (3 - a),
    "comparison": lambda a: (a > 280) & ~(a >= 290) | (a == a),
    "by name": lambda a: a - a.isel(x=0, drop=True),
    "with memory on the right": lambda a: a * a["area"],
    "with memory on the left": lambda a: a["area"] * a,
    "with a numpy scalar": lambda a: np.float32(2) * a,
    "ufunc": np.sqrt,
    "two-argument ufunc": lambda a: np.maximum(a, 280.0),
    "where": lambda a: a.where(a > 280),
    "where other": lambda a: a.where(a > 280, -1.0),
    "xr.where": lambda a: xr.where(a > 280, a, 0.0),
    "fillna": lambda a: a.fillna(0.0),
    "combine_first": lambda a: a.combine_first(-a.fillna(1)),
    "isnull": lambda a: a.isnull(),
    "notnull": lambda a: a.notnull(),
    "isnull of integers": lambda a: a.fillna(0).astype("i4").isnull(),
    "clip": lambda a: a.clip(275, 285),
    "round": lambda a: a.round(1),
    "astype": lambda a: a.fillna(0).astype("int16"),
    "isin": lambda a: a.round().isin([280.0, 281.0]),
    "real": lambda a: a.real,
    "conj": lambda a: (a + 1j).conj(),
    "apply_ufunc allowed": lambda a: xr.apply_ufunc(np.square, a, dask="allowed"),
    "apply_ufunc parallelized": lambda a: xr.apply_ufunc(
        lambda v: np.sum(v, -1), a.chunk(x=-1), input_core_dims=[["x"]], dask="parallelized", output_dtypes=[float]
    ),
    "apply_ufunc vectorized": lambda a: xr.apply_ufunc(
        lambda v: float(v[0] + v[-1]), a.chunk(x=-1), input_core_dims=[["x"]], dask="parallelized", vectorize=True
    ),
    "full_like": lambda a: xr.full_like(a, 3.0),
    "zeros_like": lambda a: xr.zeros_like(a, dtype="i2"),
}

STATISTICS = ["sum", "mean", "std", "var", "min", "max", "prod", "median"]
REDUCTIONS = {
    **{name: (lambda a, name=name: getattr(a, name)("time")) for name in STATISTICS},
    **{f"{name} of all": (lambda a, name=name: getattr(a, name)()) for name in STATISTICS},
    "count of all": lambda a: a.count(),
    "mean keepdims": lambda a: a.mean(("y", "x"), keepdims=True),
    "mean with missing": lambda a: a.mean("time", skipna=False),
    "sum with min_count": lambda a: a.sum("time", min_count=11),
    "std with ddof": lambda a: a.std("y", ddof=1),
    "any": lambda a: (a > 300).any("time"),
    "all": lambda a: (a > 250).all(("x", "y")),
    "count": lambda a: a.count("x"),
    "argmax": lambda a: a.fillna(0).argmax("time"),
    "argmin skipping": lambda a: a.argmin("y"),
    "idxmax": lambda a: a.idxmax("time"),
    "idxmin": lambda a: a.idxmin("y"),
    "quantile": lambda a: a.quantile([0.1, 0.5], "x"),
    "quantile of one": lambda a: a.quantile(0.25, ("x", "y"), skipna=False),
    "cumsum": lambda a: a.cumsum("time"),
    "cumprod": lambda a: (a / 280).cumprod("y"),
    "weighted mean": lambda a: a.weighted(a["area"]).mean(("y", "x")),
    "weighted std": lambda a: a.weighted(a["area"]).std("y"),
    "weighted, weights chunked": lambda a: a.weighted(abs(a.isel(time=0, drop=True)).fillna(0)).sum(("y", "x")),
    "dot": lambda a: xr.dot(a.fillna(0), a["area"], dim="y"),
    "cov": lambda a: xr.cov(a, a.shift(y=1), "time"),
    "corr": lambda a: xr.corr(a, a**2, "time"),
    "reduce": lambda a: a.reduce(np.nanmax, "time"),
}

ALONG_AN_AXIS = {
    "diff": lambda a: a.diff("time"),
    "shift": lambda a: a.shift(time=2),
    "roll": lambda a: a.roll(x=2, roll_coords=False),
    "pad": lambda a: a.pad(x=(1, 2)),
    "pad reflect": lambda a: a.pad(y=2, mode="reflect"),
    "pad edge": lambda a: a.pad(y=(0, 3), mode="edge"),
    "differentiate": lambda a: a.differentiate("y"),
    "integrate": lambda a: a.integrate("y"),
    "cumulative_integrate": lambda a: a.cumulative_integrate("y"),
    "rolling mean": lambda a: a.rolling(time=3).mean(),
    "rolling max, centred": lambda a: a.rolling(time=3, center=True, min_periods=1).max(),
    "rolling of two": lambda a: a.rolling(y=3, x=2).sum(),
    "rolling construct": lambda a: a.rolling(time=3).construct("window"),
    "coarsen": lambda a: a.coarsen(time=3).mean(),
    "coarsen trimmed": lambda a: a.coarsen(y=2, x=2, boundary="trim").max(),
    "coarsen padded": lambda a: a.coarsen(x=2, boundary="pad").sum(),
    "ffill": lambda a: a.ffill("time"),
    "bfill": lambda a: a.bfill("time"),
    "ffill limited": lambda a: a.ffill("time", limit=1),
    "interpolate_na": lambda a: a.chunk(time=-1).interpolate_na("time"),
    "rank": lambda a: a.chunk(x=-1).rank("x"),
    "interp": lambda a: a.interp(y=[1.0, 3.5], x=[0.5, 2.25]),
    "polyval": lambda a: xr.polyval(a, xr.DataArray([1.0, 2.0], {"degree": [0, 1]})),
}

GROUPS = {
    "groupby mean": lambda a: a.groupby("time.season").mean(),
    "groupby sum of a coordinate": lambda a: a.drop_vars("area").groupby("y").sum(),
    "groupby_bins": lambda a: a.groupby_bins("y", [0, 4, 12]).max(),
    "anomalies": lambda a: a.groupby("time.quarter") - a.groupby("time.quarter").mean(),
    "groupby first": lambda a: a.groupby("time.season").first(),
    "groupby last, missing kept": lambda a: a.groupby("time.season").last(skipna=False),
    "groupby map": lambda a: a.groupby("time.quarter").map(lambda g: g - g.min("time")),
    "resample": lambda a: a.resample(time="QS").mean(),
    "concat": lambda a: xr.concat([a, a + 1], "time"),
    "concat new": lambda a: xr.concat([a, a + 1], "member"),
    "concat outer": lambda a: xr.concat([a.isel(y=slice(0, 3)), a.isel(y=slice(2, 5))], "time", join="outer"),
    "to_dataarray": lambda a: xr.Dataset({"p": a, "q": a * 2}).to_dataarray(),
    "unify_chunks": lambda a: (a.chunk(y=2) + a.chunk(y=3)).unify_chunks(),
}

# Results are known only when values are: they read at the call, and are right.
EAGER = {
    "where drop": lambda a: a.where(a.fillna(0) > 295, drop=True),
    "dropna": lambda a: a.dropna("y", thresh=70),
    "values": lambda a: xr.DataArray(a.values),
    "to_dataframe": lambda a: xr.DataArray(a.to_dataframe()["t"].to_numpy()),
    "load": lambda a: a.copy().load(),
}

LAZY = INDEXING | ELEMENTWISE | REDUCTIONS | ALONG_AN_AXIS | GROUPS
