"""The types of the extension module; what things are and do is told by their own docstrings."""

import builtins
from asyncio import Future
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping, Sequence
from os import PathLike
from types import TracebackType
from typing import (
    Any,
    Final,
    Literal,
    NamedTuple,
    NotRequired,
    Self,
    SupportsIndex,
    TypeAlias,
    TypedDict,
    TypeVar,
    final,
    overload,
)

import numpy as np
from numpy.typing import NDArray

from tensogram._message import Message

_Default = TypeVar("_Default")

_Flag: TypeAlias = bool | np.bool_
_Path: TypeAlias = str | PathLike[str]
_Buffer: TypeAlias = bytes | bytearray | memoryview | NDArray[np.uint8]
_Data: TypeAlias = NDArray[Any] | bytes | bytearray | memoryview | list[int]
_Range: TypeAlias = tuple[SupportsIndex, SupportsIndex]
_Objects: TypeAlias = Iterable[tuple[dict[str, Any], _Data]]
_MaskMethod: TypeAlias = Literal["none", "rle", "roaring", "lz4", "zstd", "blosc2"]
_ValidationLevel: TypeAlias = Literal["quick", "default", "checksum", "full"]
_HashPlace: TypeAlias = Literal["auto", "none", "header", "footer", "both"]

WIRE_VERSION: Final = 3
__version__: Final[str]

class IntegrityError(ValueError): ...

class MissingHashError(IntegrityError):
    object_index: int

class HashMismatchError(IntegrityError):
    object_index: int | None
    expected: str
    actual: str

@final
class Metadata(Mapping[str, Any]):
    @property
    def version(self) -> int: ...
    @property
    def base(self) -> list[dict[str, Any]]: ...
    @property
    def extra(self) -> dict[str, Any]: ...
    @property
    def reserved(self) -> dict[str, Any]: ...
    @property
    def num_objects(self) -> int: ...
    def __getitem__(self, key: str, /) -> Any: ...
    def __contains__(self, key: object, /) -> bool: ...
    def __iter__(self) -> Iterator[str]: ...
    def __len__(self) -> int: ...
    @overload
    def get(self, key: str, default: None = None) -> Any | None: ...
    @overload
    def get(self, key: str, default: _Default) -> Any | _Default: ...
    def keys(self) -> list[str]: ...  # type: ignore[override]
    def values(self) -> list[Any]: ...  # type: ignore[override]
    def items(self) -> list[tuple[str, Any]]: ...  # type: ignore[override]
    def has_path(self, path: str) -> bool: ...
    def get_path(self, path: str, default: Any = None) -> Any: ...
    def has_path_at(self, obj: SupportsIndex, path: str) -> bool: ...
    def get_path_at(self, obj: SupportsIndex, path: str, default: Any = None) -> Any: ...
    def __hash__(self) -> int: ...

@final
class DataObjectDescriptor:
    @property
    def obj_type(self) -> str: ...
    @property
    def ndim(self) -> int: ...
    @property
    def shape(self) -> list[int]: ...
    @property
    def strides(self) -> list[int]: ...
    @property
    def dtype(self) -> str: ...
    @property
    def byte_order(self) -> Literal["big", "little"]: ...
    @property
    def encoding(self) -> str: ...
    @property
    def filter(self) -> str: ...
    @property
    def compression(self) -> str: ...
    @property
    def params(self) -> dict[str, Any]: ...
    @property
    def hash(self) -> None: ...

class _MaskedMessage(NamedTuple):
    metadata: Metadata
    objects: list[tuple[DataObjectDescriptor, NDArray[Any], dict[Literal["nan", "inf+", "inf-"], NDArray[np.bool_]]]]

class _Descriptors(TypedDict):
    metadata: Metadata
    descriptors: list[DataObjectDescriptor]

class _Object(TypedDict):
    metadata: Metadata
    descriptor: DataObjectDescriptor
    data: NDArray[Any]

class _PackingParameters(TypedDict):
    sp_reference_value: float
    sp_binary_scale_factor: int
    sp_decimal_scale_factor: int
    sp_bits_per_value: int

class _Build(TypedDict):
    version: str
    wire_version: int
    target: str
    profile: Literal["release", "debug"]

class _Feature(TypedDict):
    name: str
    kind: Literal["compression", "threading", "io", "converter"]
    state: Literal["on", "off"]
    backend: NotRequired[str]
    linkage: NotRequired[Literal["ffi", "pure-rust"]]
    version: NotRequired[str]

class _Check(TypedDict):
    label: str
    outcome: Literal["ok", "failed", "skipped"]
    reason: NotRequired[str]

class _Diagnosis(TypedDict):
    build: _Build
    features: list[_Feature]
    self_test: list[_Check]

@final
class MessageIter(Iterator[Message]):
    def __iter__(self) -> Self: ...
    def __next__(self) -> Message: ...
    def __len__(self) -> int: ...

@final
class TensogramFileIter(Iterator[Message]):
    def __iter__(self) -> Self: ...
    def __next__(self) -> Message: ...
    def __len__(self) -> int: ...

@final
class TensogramFile:
    @staticmethod
    def open(source: _Path, *, bidirectional: _Flag = True) -> TensogramFile: ...
    @staticmethod
    def open_remote(
        source: str, storage_options: dict[str, Any] | None = None, *, bidirectional: _Flag = True
    ) -> TensogramFile: ...
    @staticmethod
    def create(path: _Path) -> TensogramFile: ...
    def source(self) -> str: ...
    def is_remote(self) -> bool: ...
    def remote_version(self) -> str | None: ...
    def message_count(self) -> int: ...
    def __len__(self) -> int: ...
    def __iter__(self) -> TensogramFileIter: ...
    @overload
    def __getitem__(self, index: SupportsIndex, /) -> Message: ...
    @overload
    def __getitem__(self, index: slice, /) -> list[Message]: ...
    def close(self) -> None: ...
    def __enter__(self) -> Self: ...
    def __exit__(
        self,
        exc_type: type[BaseException] | None = None,
        exc_value: BaseException | None = None,
        traceback: TracebackType | None = None,
    ) -> Literal[False]: ...
    def append(
        self,
        global_meta_dict: dict[str, Any] | Metadata,
        descriptors_and_data: _Objects,
        hash: Literal["xxh3", "none"] | None = "xxh3",
        threads: SupportsIndex = 0,
        allow_nan: _Flag = False,
        allow_inf: _Flag = False,
        nan_mask_method: _MaskMethod | None = None,
        pos_inf_mask_method: _MaskMethod | None = None,
        neg_inf_mask_method: _MaskMethod | None = None,
        small_mask_threshold_bytes: SupportsIndex | None = None,
        aggregate_hash: _HashPlace | None = None,
    ) -> None: ...
    def messages(self) -> list[bytes]: ...
    def read_message(self, index: SupportsIndex) -> bytes: ...
    def decode_message(
        self,
        index: SupportsIndex,
        native_byte_order: _Flag = True,
        threads: SupportsIndex = 0,
        restore_non_finite: _Flag = True,
        verify_hash: _Flag = False,
        copy: _Flag = True,
    ) -> Message: ...
    def file_decode_metadata(self, msg_index: SupportsIndex) -> Metadata: ...
    def file_decode_descriptors(self, msg_index: SupportsIndex) -> _Descriptors: ...
    def object_hashes(self, msg_index: SupportsIndex) -> list[str | None]: ...
    def file_decode_object(
        self,
        msg_index: SupportsIndex,
        obj_index: SupportsIndex,
        native_byte_order: _Flag = True,
        threads: SupportsIndex = 0,
        verify_hash: _Flag = False,
        copy: _Flag = True,
        restore_non_finite: _Flag = True,
    ) -> _Object: ...
    @overload
    def file_decode_range(
        self,
        msg_index: SupportsIndex,
        obj_index: SupportsIndex,
        ranges: Sequence[_Range],
        join: Literal[False] = False,
        native_byte_order: _Flag = True,
        threads: SupportsIndex = 0,
        restore_non_finite: _Flag = True,
    ) -> list[NDArray[Any]]: ...
    @overload
    def file_decode_range(
        self,
        msg_index: SupportsIndex,
        obj_index: SupportsIndex,
        ranges: Sequence[_Range],
        join: Literal[True],
        native_byte_order: _Flag = True,
        threads: SupportsIndex = 0,
        restore_non_finite: _Flag = True,
    ) -> NDArray[Any]: ...
    def file_decode_object_batch(
        self,
        msg_indices: Iterable[SupportsIndex],
        obj_index: SupportsIndex,
        native_byte_order: _Flag = True,
        threads: SupportsIndex = 0,
        verify_hash: _Flag = False,
    ) -> list[_Object]: ...
    @overload
    def file_decode_range_batch(
        self,
        msg_indices: Iterable[SupportsIndex],
        obj_index: SupportsIndex,
        ranges: Sequence[_Range],
        join: Literal[False] = False,
        native_byte_order: _Flag = True,
        threads: SupportsIndex = 0,
    ) -> list[list[NDArray[Any]]]: ...
    @overload
    def file_decode_range_batch(
        self,
        msg_indices: Iterable[SupportsIndex],
        obj_index: SupportsIndex,
        ranges: Sequence[_Range],
        join: Literal[True],
        native_byte_order: _Flag = True,
        threads: SupportsIndex = 0,
    ) -> list[NDArray[Any]]: ...
    def read_selection(
        self,
        msg_index: SupportsIndex,
        obj_index: SupportsIndex,
        selection: tuple[slice | SupportsIndex, ...] | slice | SupportsIndex,
        *,
        native_byte_order: _Flag = True,
        threads: SupportsIndex = 0,
    ) -> NDArray[Any]: ...

@final
class AsyncTensogramFile:
    @staticmethod
    def open(source: _Path, *, bidirectional: _Flag = True) -> Future[AsyncTensogramFile]: ...
    @staticmethod
    def open_remote(
        source: str, storage_options: dict[str, Any] | None = None, *, bidirectional: _Flag = True
    ) -> Future[AsyncTensogramFile]: ...
    def source(self) -> str: ...
    def is_remote(self) -> bool: ...
    def message_count(self) -> Future[int]: ...
    def __len__(self) -> int: ...
    def __aiter__(self) -> AsyncTensogramFileIter: ...
    def __aenter__(self) -> Future[Self]: ...
    def __aexit__(
        self,
        exc_type: type[BaseException] | None = None,
        exc_value: BaseException | None = None,
        traceback: TracebackType | None = None,
    ) -> Future[Literal[False]]: ...
    def prefetch_layouts(self, msg_indices: Iterable[SupportsIndex]) -> Future[tuple[()]]: ...
    def messages(self) -> Future[list[bytes]]: ...
    def read_message(self, index: SupportsIndex) -> Future[bytes]: ...
    def decode_message(
        self,
        index: SupportsIndex,
        native_byte_order: _Flag = True,
        threads: SupportsIndex = 0,
        verify_hash: _Flag = False,
    ) -> Future[Message]: ...
    def file_decode_metadata(self, msg_index: SupportsIndex) -> Future[Metadata]: ...
    def file_decode_descriptors(self, msg_index: SupportsIndex) -> Future[_Descriptors]: ...
    def file_decode_object(
        self,
        msg_index: SupportsIndex,
        obj_index: SupportsIndex,
        native_byte_order: _Flag = True,
        threads: SupportsIndex = 0,
        verify_hash: _Flag = False,
        copy: _Flag = True,
        restore_non_finite: _Flag = True,
    ) -> Future[_Object]: ...
    @overload
    def file_decode_range(
        self,
        msg_index: SupportsIndex,
        obj_index: SupportsIndex,
        ranges: Sequence[_Range],
        join: Literal[False] = False,
        native_byte_order: _Flag = True,
        threads: SupportsIndex = 0,
        restore_non_finite: _Flag = True,
    ) -> Future[list[NDArray[Any]]]: ...
    @overload
    def file_decode_range(
        self,
        msg_index: SupportsIndex,
        obj_index: SupportsIndex,
        ranges: Sequence[_Range],
        join: Literal[True],
        native_byte_order: _Flag = True,
        threads: SupportsIndex = 0,
        restore_non_finite: _Flag = True,
    ) -> Future[NDArray[Any]]: ...
    def file_decode_object_batch(
        self,
        msg_indices: Iterable[SupportsIndex],
        obj_index: SupportsIndex,
        native_byte_order: _Flag = True,
        threads: SupportsIndex = 0,
        verify_hash: _Flag = False,
    ) -> Future[list[_Object]]: ...
    @overload
    def file_decode_range_batch(
        self,
        msg_indices: Iterable[SupportsIndex],
        obj_index: SupportsIndex,
        ranges: Sequence[_Range],
        join: Literal[False] = False,
        native_byte_order: _Flag = True,
        threads: SupportsIndex = 0,
    ) -> Future[list[list[NDArray[Any]]]]: ...
    @overload
    def file_decode_range_batch(
        self,
        msg_indices: Iterable[SupportsIndex],
        obj_index: SupportsIndex,
        ranges: Sequence[_Range],
        join: Literal[True],
        native_byte_order: _Flag = True,
        threads: SupportsIndex = 0,
    ) -> Future[list[NDArray[Any]]]: ...

@final
class AsyncTensogramFileIter(AsyncIterator[Message]):
    def __aiter__(self) -> Self: ...
    def __anext__(self) -> Future[Message]: ...
    def __len__(self) -> int: ...

@final
class StreamingEncoder:
    def __new__(
        cls,
        global_meta_dict: dict[str, Any] | Metadata,
        hash: Literal["xxh3", "none"] | None = "xxh3",
        threads: SupportsIndex = 0,
        allow_nan: _Flag = False,
        allow_inf: _Flag = False,
        nan_mask_method: _MaskMethod | None = None,
        pos_inf_mask_method: _MaskMethod | None = None,
        neg_inf_mask_method: _MaskMethod | None = None,
        small_mask_threshold_bytes: SupportsIndex | None = None,
        aggregate_hash: Literal["auto", "none", "footer"] | None = None,
    ) -> Self: ...
    @staticmethod
    def to_file(
        path: _Path,
        global_meta_dict: dict[str, Any] | Metadata,
        hash: Literal["xxh3", "none"] | None = "xxh3",
        threads: SupportsIndex = 0,
        allow_nan: _Flag = False,
        allow_inf: _Flag = False,
        nan_mask_method: _MaskMethod | None = None,
        pos_inf_mask_method: _MaskMethod | None = None,
        neg_inf_mask_method: _MaskMethod | None = None,
        small_mask_threshold_bytes: SupportsIndex | None = None,
        aggregate_hash: Literal["auto", "none", "footer"] | None = None,
    ) -> StreamingFileEncoder: ...
    def write_object(self, descriptor: dict[str, Any], data: _Data) -> None: ...
    def write_object_pre_encoded(self, descriptor: dict[str, Any], data: _Buffer) -> None: ...
    def finish(self) -> bytes: ...
    def finish_backfilled(self) -> bytes: ...
    def finish_and_reset(self) -> bytes: ...
    def finish_and_reset_backfilled(self) -> bytes: ...

@final
class StreamingFileEncoder:
    def __enter__(self) -> Self: ...
    def __exit__(
        self,
        exc_type: type[BaseException] | None = None,
        exc_value: BaseException | None = None,
        traceback: TracebackType | None = None,
    ) -> Literal[False]: ...
    def write_object(self, descriptor: dict[str, Any], data: _Data) -> None: ...
    def write_object_pre_encoded(self, descriptor: dict[str, Any], data: _Buffer) -> None: ...
    def finish(self) -> None: ...
    def finish_backfilled(self) -> None: ...
    def finish_and_reset(self) -> None: ...
    def finish_and_reset_backfilled(self) -> None: ...

def encode(
    global_meta_dict: dict[str, Any] | Metadata,
    descriptors_and_data: _Objects,
    hash: Literal["xxh3", "none"] | None = "xxh3",
    threads: SupportsIndex = 0,
    allow_nan: _Flag = False,
    allow_inf: _Flag = False,
    nan_mask_method: _MaskMethod | None = None,
    pos_inf_mask_method: _MaskMethod | None = None,
    neg_inf_mask_method: _MaskMethod | None = None,
    small_mask_threshold_bytes: SupportsIndex | None = None,
    aggregate_hash: _HashPlace | None = None,
) -> bytes: ...
def encode_pre_encoded(
    global_meta_dict: dict[str, Any] | Metadata,
    descriptors_and_data: Iterable[tuple[dict[str, Any], _Buffer]],
    hash: Literal["xxh3", "none"] | None = "xxh3",
    threads: SupportsIndex = 0,
) -> bytes: ...
def decode(
    buf: _Buffer,
    native_byte_order: _Flag = True,
    threads: SupportsIndex = 0,
    restore_non_finite: _Flag = True,
    verify_hash: _Flag = False,
    copy: _Flag = True,
) -> Message: ...
def decode_with_masks(buf: _Buffer, native_byte_order: _Flag = True, threads: SupportsIndex = 0) -> _MaskedMessage: ...
def decode_metadata(buf: _Buffer) -> Metadata: ...
def decode_descriptors(buf: _Buffer) -> tuple[Metadata, list[DataObjectDescriptor]]: ...
def decode_object(
    buf: _Buffer,
    index: SupportsIndex,
    native_byte_order: _Flag = True,
    threads: SupportsIndex = 0,
    restore_non_finite: _Flag = True,
    verify_hash: _Flag = False,
    copy: _Flag = True,
) -> tuple[Metadata, DataObjectDescriptor, NDArray[Any]]: ...
@overload
def decode_range(
    buf: _Buffer,
    object_index: SupportsIndex,
    ranges: Sequence[_Range],
    join: Literal[False] = False,
    native_byte_order: _Flag = True,
    threads: SupportsIndex = 0,
    restore_non_finite: _Flag = True,
) -> list[NDArray[Any]]: ...
@overload
def decode_range(
    buf: _Buffer,
    object_index: SupportsIndex,
    ranges: Sequence[_Range],
    join: Literal[True],
    native_byte_order: _Flag = True,
    threads: SupportsIndex = 0,
    restore_non_finite: _Flag = True,
) -> NDArray[Any]: ...
def scan(buf: _Buffer) -> list[tuple[int, int]]: ...
def iter_messages(buf: _Buffer, *, verify_hash: _Flag = False) -> MessageIter: ...

class _Issue(TypedDict):
    code: str
    level: Literal["structure", "metadata", "integrity", "fidelity"]
    severity: Literal["error", "warning"]
    description: str
    object_index: NotRequired[int]
    byte_offset: NotRequired[int]

class _Report(TypedDict):
    issues: list[_Issue]
    object_count: int
    hash_verified: bool

class _FileIssue(TypedDict):
    byte_offset: int
    length: int
    description: str

class _FileReport(TypedDict):
    file_issues: list[_FileIssue]
    messages: list[_Report]

def validate(buf: _Buffer, level: _ValidationLevel = "default", check_canonical: _Flag = False) -> _Report: ...
def validate_file(path: _Path, level: _ValidationLevel = "default", check_canonical: _Flag = False) -> _FileReport: ...
def compute_hash(data: bytes | bytearray, algo: Literal["xxh3"] = "xxh3") -> str: ...
def compute_packing_params(
    values: NDArray[np.float64], bits_per_value: SupportsIndex, decimal_scale_factor: SupportsIndex
) -> _PackingParameters: ...
def doctor() -> _Diagnosis: ...
def _metadata_from_cbor(data: bytes) -> Metadata: ...
def _descriptor_from_cbor(data: bytes) -> DataObjectDescriptor: ...
def _open_file(path: str) -> TensogramFile: ...

_Chunks: TypeAlias = tuple[tuple[int, ...], ...]
_Selection: TypeAlias = Sequence[tuple[int, int, int]]

@final
class ArrayNode:
    @property
    def shape(self) -> tuple[int, ...]: ...
    @property
    def chunks(self) -> _Chunks: ...
    @property
    def element(self) -> str: ...
    @property
    def operation(self) -> str: ...
    @property
    def node_count(self) -> int: ...
    @staticmethod
    def memory(buffer: NDArray[Any], element: str, shape: Sequence[int], chunks: _Chunks) -> ArrayNode: ...
    @staticmethod
    def file(
        source: _Path | TensogramFile,
        message: int,
        object: int,
        selection: _Selection | None,
        chunks: _Chunks | None,
        verify_hash: bool = False,
        restore_non_finite: bool = True,
    ) -> ArrayNode: ...
    @staticmethod
    def external(
        read: Callable[[tuple[builtins.slice, ...]], NDArray[Any]],
        element: str,
        shape: Sequence[int],
        chunks: _Chunks,
        strided: bool = False,
    ) -> ArrayNode: ...
    @staticmethod
    def full(value: Any, element: str, shape: Sequence[int], chunks: _Chunks) -> ArrayNode: ...
    @staticmethod
    def arange(start: float, step: float, element: str, shape: Sequence[int], chunks: _Chunks) -> ArrayNode: ...
    @staticmethod
    def elementwise(operation: str, inputs: Sequence[ArrayNode], element: str) -> ArrayNode: ...
    @staticmethod
    def external_elementwise(
        function: Callable[..., NDArray[Any]], inputs: Sequence[ArrayNode], element: str
    ) -> ArrayNode: ...
    @staticmethod
    def cast(input: ArrayNode, element: str) -> ArrayNode: ...
    @staticmethod
    def reduce(
        operation: str, input: ArrayNode, axes: Sequence[int], keepdims: bool, element: str, ddof: float = 0.0
    ) -> ArrayNode: ...
    @staticmethod
    def external_reduce(
        chunk: Callable[..., NDArray[Any]],
        combine: Callable[..., NDArray[Any]] | None,
        aggregate: Callable[..., NDArray[Any]],
        input: ArrayNode,
        axis: int,
        keepdims: bool,
        element: str,
    ) -> ArrayNode: ...
    @staticmethod
    def scan(operation: str, input: ArrayNode, axis: int, element: str, limit: int | None = None) -> ArrayNode: ...
    @staticmethod
    def external_scan(
        function: Callable[..., NDArray[Any]],
        join: Callable[..., NDArray[Any]],
        leave: Callable[..., NDArray[Any]],
        input: ArrayNode,
        axis: int,
        element: str,
    ) -> ArrayNode: ...
    @staticmethod
    def slice(input: ArrayNode, selection: _Selection) -> ArrayNode: ...
    @staticmethod
    def squeeze(input: ArrayNode, axes: Sequence[int]) -> ArrayNode: ...
    @staticmethod
    def expand(input: ArrayNode, axes: Sequence[int]) -> ArrayNode: ...
    @staticmethod
    def permute(input: ArrayNode, axes: Sequence[int]) -> ArrayNode: ...
    @staticmethod
    def broadcast(input: ArrayNode, shape: Sequence[int], chunks: _Chunks | None = None) -> ArrayNode: ...
    @staticmethod
    def reshape(input: ArrayNode, shape: Sequence[int]) -> ArrayNode: ...
    @staticmethod
    def take(input: ArrayNode, axis: int, indices: NDArray[np.int64] | ArrayNode) -> ArrayNode: ...
    @staticmethod
    def point(input: ArrayNode, axes: Sequence[int], indices: Sequence[NDArray[np.int64]]) -> ArrayNode: ...
    @staticmethod
    def concat(inputs: Sequence[ArrayNode], axis: int) -> ArrayNode: ...
    @staticmethod
    def window(input: ArrayNode, axes: Sequence[int], sizes: Sequence[int]) -> ArrayNode: ...
    @staticmethod
    def rechunk(input: ArrayNode, chunks: _Chunks) -> ArrayNode: ...
    @staticmethod
    def assign(input: ArrayNode, selection: _Selection, value: ArrayNode) -> ArrayNode: ...
    @staticmethod
    def put(input: ArrayNode, axis: int, indices: NDArray[np.int64], value: ArrayNode) -> ArrayNode: ...
    @staticmethod
    def blockwise(
        function: Callable[..., Any],
        inputs: Sequence[tuple[ArrayNode, Sequence[int]]],
        output: Sequence[int],
        chunks: Mapping[int, Sequence[int]],
        elements: Sequence[str],
        block_id: bool = False,
    ) -> tuple[ArrayNode, ...]: ...

def arrays_compute(
    nodes: Sequence[ArrayNode],
    outputs: Sequence[NDArray[Any] | None],
    threads: int = 0,
    memory_limit: int | None = 1073741824,
    cache: int | None = 134217728,
    progress: Callable[[int, int], object] | None = None,
    warn: Callable[[str], object] | None = None,
) -> None: ...
def arrays_store(
    nodes: Sequence[ArrayNode],
    targets: Sequence[Callable[[tuple[builtins.slice, ...], NDArray[Any]], object]],
    threads: int = 0,
    memory_limit: int | None = 1073741824,
    cache: int | None = 134217728,
    progress: Callable[[int, int], object] | None = None,
    warn: Callable[[str], object] | None = None,
) -> None: ...
def normalize_chunks(
    chunks: Sequence[Any],
    shape: Sequence[int],
    limit: int,
    itemsize: int,
    previous: Sequence[Sequence[int] | None] | None = None,
) -> _Chunks: ...
