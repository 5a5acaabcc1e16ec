"""N-dimensional tensors as self-describing messages: the ``.tgm`` format on a native core.

>>> import numpy as np, tensogram
>>> field = np.linspace(250.0, 310.0, 12, dtype=np.float32).reshape(3, 4)
>>> descriptor = {"type": "ntensor", "shape": [3, 4], "dtype": "float32"}
>>> message = tensogram.encode({"base": [{"name": "2t"}]}, [(descriptor, field)])
>>> metadata, objects = tensogram.decode(message)
>>> metadata["name"], objects[0][1].shape
('2t', (3, 4))

Files are ``TensogramFile.open(path)`` and ``TensogramFile.create(path)``, for programs with an event loop
``await AsyncTensogramFile.open(path)``. URLs are opened as well.
"""

from collections.abc import Mapping as _Mapping
from importlib import import_module as _import_module

from tensogram._convert import convert_grib, convert_grib_buffer, convert_netcdf, to_grib, to_netcdf
from tensogram._convert import converter_flag as _converter_flag
from tensogram._message import Message
from tensogram._native import (
    WIRE_VERSION,
    AsyncTensogramFile,
    AsyncTensogramFileIter,
    DataObjectDescriptor,
    HashMismatchError,
    IntegrityError,
    MessageIter,
    Metadata,
    MissingHashError,
    StreamingEncoder,
    StreamingFileEncoder,
    TensogramFile,
    TensogramFileIter,
    __version__,
    compute_hash,
    compute_packing_params,
    decode,
    decode_descriptors,
    decode_metadata,
    decode_object,
    decode_range,
    decode_with_masks,
    doctor,
    encode,
    encode_pre_encoded,
    iter_messages,
    scan,
    validate,
    validate_file,
)
from tensogram._remote import is_remote_url

_Mapping.register(Metadata)


def _attribute(name: str) -> object:
    # Lazy arrays are imported where they are used: they take all of numpy.
    return _import_module("tensogram.chunked") if name == "chunked" else _converter_flag(name)


# Whether the converters work; found out when somebody asks, for their libraries take long to load. Type checkers are
# not to see the function: they would take it for one that has every name.
__has_grib__: bool
__has_netcdf__: bool
globals()["__getattr__"] = _attribute

__all__ = [
    "WIRE_VERSION",
    "AsyncTensogramFile",
    "AsyncTensogramFileIter",
    "DataObjectDescriptor",
    "HashMismatchError",
    "IntegrityError",
    "Message",
    "MessageIter",
    "Metadata",
    "MissingHashError",
    "StreamingEncoder",
    "StreamingFileEncoder",
    "TensogramFile",
    "TensogramFileIter",
    "__version__",
    "compute_hash",
    "compute_packing_params",
    "convert_grib",
    "convert_grib_buffer",
    "convert_netcdf",
    "decode",
    "decode_descriptors",
    "decode_metadata",
    "decode_object",
    "decode_range",
    "decode_with_masks",
    "doctor",
    "encode",
    "encode_pre_encoded",
    "is_remote_url",
    "iter_messages",
    "scan",
    "to_grib",
    "to_netcdf",
    "validate",
    "validate_file",
]
