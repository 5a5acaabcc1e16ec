"""Names that objects go by and what they mean."""

from collections.abc import Mapping

# Maps of metadata: nearly all are dicts, which are told at once.
MAPS = (dict, Mapping)

# What an object's name says it is, and the dimension and coordinate it becomes.
CANONICAL_DIM = {
    "lat": "latitude",
    "latitude": "latitude",
    "lon": "longitude",
    "longitude": "longitude",
    "x": "x",
    "y": "y",
    "time": "time",
    "level": "level",
    "pressure": "pressure",
    "height": "height",
    "depth": "depth",
    "frequency": "frequency",
    "step": "step",
}

# Where an object's name stands in its metadata, first come first served.
NAME_PATHS = ("name", "mars.param", "param", "mars.shortName", "shortName")


def canonical(name: str) -> str:
    """The coordinate that a name means in any spelling, or the name itself."""
    return CANONICAL_DIM.get(name.lower(), name)
