"""The same files opened here and by the published package: where both are to agree, they do.

`TENSOGRAM_ORACLE` names the Python interpreter of an environment that has the published packages.
"""

import json

import engine_oracle
import numpy as np
import pytest
import tgm

pytestmark = pytest.mark.filterwarnings("ignore:.*descriptor:UserWarning")


def ours(path: str, options: dict) -> dict:
    return json.loads(json.dumps(engine_oracle.answer(path, dict(options)), default=str))


COORDINATES = ["lat", "lon", "time", "level", "x", "depth", "Longitude"]
SIZES = [2, 3, 4, 5]


class Generator:
    """Random files of the kind that both packages understand in the same way."""

    def __init__(self, seed: int) -> None:
        self.random = np.random.default_rng(seed)

    def pick(self, choices):
        return choices[int(self.random.integers(len(choices)))]

    def chance(self, probability: float) -> bool:
        return bool(self.random.random() < probability)

    def coordinates(self) -> list[tgm.Item]:
        """Distinct 1-D coordinates of distinct sizes: equal sizes are told apart differently."""
        names = {name.lower()[:3]: name for name in self.random.permutation(COORDINATES)}
        count = int(self.random.integers(0, 4))
        sizes = self.random.permutation(SIZES)
        pairs = zip(list(names.values())[:count], sizes, strict=False)
        return [tgm.named(str(name), np.arange(float(size)), self.attributes()) for name, size in pairs]

    def attributes(self) -> dict:
        attributes: dict = {}
        if self.chance(0.5):
            attributes["units"] = self.pick(["K", "m s-1"])
        if self.chance(0.3):
            attributes["nested"] = {"a": [1, 2.5, None, True], "b": {"c": "text"}}
        if self.chance(0.3):
            attributes["mars"] = {"param": f"p{self.random.integers(1000)}", "levtype": "sfc"}
        return attributes

    def shape(self) -> tuple[int, ...]:
        return tuple(int(n) for n in self.random.choice([*SIZES, 7], int(self.random.integers(0, 4))))

    def dim_names(self, ndim: int) -> object:
        names = [str(name) for name in self.random.choice(list("pqrst"), ndim, replace=False)]
        return self.pick([names, names, names[:-1], "pq", [3, 4], None])

    def data(self, position: int) -> tgm.Item:
        shape = self.shape()
        base = self.attributes()
        if self.chance(0.8):
            base["name"] = f"v{position}"
        if self.chance(0.4):
            base["dim_names"] = self.dim_names(len(shape))
        keys = {}
        if self.chance(0.3):
            keys = {"compression": self.pick(["zstd", "lz4", "blosc2"])}
            keys |= {"blosc2_codec": "lz4", "blosc2_clevel": 5} if keys["compression"] == "blosc2" else {}
        dtype = self.pick(["float32", "float64", "int16", "uint8"])
        if keys and 0 in shape:
            keys = {}
        return tgm.item(tgm.field(*shape, dtype=dtype), base, **keys)

    def message(self) -> bytes:
        extra: dict = {}
        if self.chance(0.5):
            extra["title"] = "test"
        if self.chance(0.3):
            extra["dim_names"] = self.pick([["p", "q"], {"4": "p", "7": "q"}, ["a", "b", "c"], "x"])
        items = [
            *self.coordinates(),
            *(self.data(i) for i in range(int(self.random.integers(0, 4)))),
        ]
        order = self.random.permutation(len(items))
        return tgm.message(*(items[i] for i in order), **extra)

    def options(self) -> dict:
        options: dict = {}
        if self.chance(0.2):
            options["variable_key"] = self.pick(["mars.param", "units.absent", ""])
        if self.chance(0.1):
            options["dim_names"] = self.pick([["p", "q"], ["p"]])
        if self.chance(0.2):
            options["drop_variables"] = ["v0", "unknown"]
        return options


def without_codecs(answer: dict) -> dict:
    """Codec parameters are attributes in the published package, here they are encoding."""
    for dataset in answer.get("datasets", []):
        for variable in dataset["data"].values():
            for key in [key for key in variable["attrs"] if key.startswith(("blosc2_", "sp_"))]:
                del variable["attrs"][key]
    return answer


@pytest.mark.parametrize("seed", range(200))
def test_one_message(oracle, tmp_path, seed):
    generator = Generator(seed)
    path = tgm.write(tmp_path / "a.tgm", generator.message())
    options = generator.options()
    theirs, here = without_codecs(oracle(path, options)), ours(path, options)
    if "error" in theirs and "error" in here:
        assert here["error"] == theirs["error"]
    else:
        assert here == theirs


# Two messages of each of two variables, and more: merged alike where nothing is lost there.
MERGES = [
    [{"name": "t", "step": 0}, {"name": "t", "step": 6}, {"name": "t", "step": 3}],
    [{"name": "t", "date": d, "step": s} for d in ("d2", "d1") for s in (0, 6)],
    [{"param": "2t", "date": d} for d in (20260401, 20260402)],
    [{"name": "t"}],
    [{"name": "t", "level": level, "units": "K"} for level in (1000, 850.0, 500)],
]


@pytest.mark.parametrize("metas", MERGES, ids=str)
@pytest.mark.parametrize("call", [{"open_datasets": True}, {"merge_objects": True}], ids=str)
def test_merged_messages(oracle, tmp_path, metas, call):
    messages = [
        tgm.message(tgm.named("lat", np.arange(3.0)), tgm.item(tgm.field(3, 4) + i, meta), exp="x")
        for i, meta in enumerate(metas)
    ]
    path = tgm.write(tmp_path / "a.tgm", *messages)
    theirs, here = oracle(path, call), ours(path, call)
    for dataset in here["datasets"]:  # The published package leaves it out of merged datasets.
        assert dataset["attrs"].pop("tensogram_wire_version") == 3
    assert here == theirs


@pytest.mark.parametrize("key", ["param", "name"])
def test_variables_by_key(oracle, tmp_path, key):
    pairs = [("2t", "d1"), ("2t", "d2"), ("10u", "d1"), ("10u", "d2")]
    messages = [
        tgm.message(tgm.item(tgm.field(3, 4) + i, {key: param, "date": date})) for i, (param, date) in enumerate(pairs)
    ]
    path = tgm.write(tmp_path / "a.tgm", *messages)
    options = {"open_datasets": True, "variable_key": key}
    theirs, here = oracle(path, options), ours(path, options)
    for dataset in here["datasets"]:
        assert dataset["attrs"].pop("tensogram_wire_version") == 3
    assert here == theirs


@pytest.mark.parametrize(
    "options",
    [
        {"message_index": -1},
        {"message_index": 9},
        {"dim_names": ["a", "b", "c"]},
        {"unknown": 1},
        {"message_index": "0"},
        {"message_index": 1.5},
    ],
    ids=str,
)
def test_error_types(oracle, tmp_path, options):
    path = tgm.write(tmp_path / "a.tgm", tgm.message(tgm.zeros("v", 3, 4)))
    assert ours(path, options) == oracle(path, options)
