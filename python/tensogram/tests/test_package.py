"""The surface of the package (contract §1): names, versions, import, the nature of its classes."""

import asyncio
import copy
import inspect
import pickle
import subprocess
import sys
import weakref

import numpy as np
import pytest

import tensogram

CLASSES = [
    "Metadata", "DataObjectDescriptor", "TensogramFile", "TensogramFileIter", "MessageIter", "AsyncTensogramFile",
    "AsyncTensogramFileIter",
]  # fmt: skip


FUNCTIONS = [
    "encode",
    "encode_pre_encoded",
    "decode",
    "decode_with_masks",
    "decode_metadata",
    "decode_descriptors",
    "decode_object",
    "decode_range",
    "scan",
    "iter_messages",
    "compute_packing_params",
    "compute_hash",
    "validate",
    "validate_file",
    "doctor",
    "is_remote_url",
    "convert_grib",
    "convert_grib_buffer",
    "convert_netcdf",
    "to_grib",
    "to_netcdf",
]


@pytest.mark.parametrize("name", FUNCTIONS)
def test_functions(name):
    assert inspect.isroutine(getattr(tensogram, name))
    assert name in tensogram.__all__


@pytest.mark.parametrize("name", [*CLASSES, "Message", "StreamingEncoder"])
def test_classes(name):
    assert isinstance(getattr(tensogram, name), type)
    assert name in tensogram.__all__


@pytest.mark.parametrize("name", ["__has_grib__", "__has_netcdf__"])
def test_flags(name):
    assert isinstance(getattr(tensogram, name), bool)


@pytest.mark.parametrize("name", ["open", "close", "write_preceder", "Mapping", "namedtuple", "tensogram"])
def test_names_that_are_not_there(name):
    assert not hasattr(tensogram, name)


def test_wire_version(message):
    assert tensogram.WIRE_VERSION == 3
    assert tensogram.decode_metadata(message).version == 3


def test_version_serves_packages_that_require_the_published_one():
    assert tensogram.__version__.startswith("0.24.0")


@pytest.mark.parametrize("name", tensogram.__all__)
def test_every_public_name_is_documented(name):
    value = getattr(tensogram, name)
    if callable(value):
        assert value.__doc__


def test_every_method_is_documented():
    for name in CLASSES:
        for member, value in vars(getattr(tensogram, name)).items():
            if not member.startswith("_"):
                assert value.__doc__, f"{name}.{member}"


def test_signatures_are_there_for_help():
    signature = inspect.signature(tensogram.encode)
    assert list(signature.parameters) == [
        "global_meta_dict", "descriptors_and_data", "hash", "threads", "allow_nan", "allow_inf", "nan_mask_method",
        "pos_inf_mask_method", "neg_inf_mask_method", "small_mask_threshold_bytes", "aggregate_hash",
    ]  # fmt: skip
    assert signature.parameters["hash"].default == "xxh3"
    assert inspect.signature(tensogram.iter_messages).parameters["verify_hash"].kind is inspect.Parameter.KEYWORD_ONLY


def test_import_warns_of_nothing():
    program = [sys.executable, "-W", "error", "-c", "import tensogram"]
    done = subprocess.run(program, capture_output=True, text=True, env=_environment())
    assert (done.returncode, done.stderr) == (0, "")


SUB_INTERPRETER = """
try:
    import _interpreters as interpreters
except ImportError:
    import _xxsubinterpreters as interpreters
import tensogram
program = [
    "try:",
    "    import tensogram",
    "except ImportError as error:",
    "    print('refused:', error, flush=True)",
]
interpreters.run_string(interpreters.create(), chr(10).join(program))
assert tensogram.encode({}, [])
"""


def test_sub_interpreters_are_refused_and_leave_the_main_one_alone():
    done = subprocess.run([sys.executable, "-c", SUB_INTERPRETER], capture_output=True, text=True, env=_environment())
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("refused:")


def test_import_brings_in_neither_numpy_nor_asyncio_nor_typing():
    program = """
import sys
before = set(sys.modules)
import tensogram
print(*sorted({name.partition(".")[0] for name in set(sys.modules) - before}))
"""
    imported = subprocess.run([sys.executable, "-S", "-c", program], capture_output=True, text=True, env=_environment())
    assert imported.returncode == 0, imported.stderr
    names = set(imported.stdout.split())
    assert "tensogram" in names
    assert names.isdisjoint({"numpy", "ml_dtypes", "asyncio", "typing", "re", "enum"})


def _environment():
    folder = tensogram.__file__.rpartition("/tensogram/")[0]
    return {"PYTHONPATH": folder}


@pytest.mark.parametrize("name", CLASSES)
class TestNativeClass:
    def test_is_of_this_package(self, name):
        assert getattr(tensogram, name).__module__ == "tensogram"

    def test_cannot_be_called(self, name):
        with pytest.raises(TypeError):
            getattr(tensogram, name)()

    def test_cannot_be_derived_from(self, name):
        with pytest.raises(TypeError):
            type("Derived", (getattr(tensogram, name),), {})

    def test_cannot_be_changed(self, name):
        with pytest.raises(TypeError):
            getattr(tensogram, name).new = 1


def test_instances_are_hashable_and_equal_by_identity(message):
    first, second = tensogram.decode_metadata(message), tensogram.decode_metadata(message)
    assert first == first
    assert first != second
    assert len({first, second}) == 2


@pytest.fixture
def instances(message, two_messages):
    """One of each native class."""
    file = tensogram.TensogramFile.open(two_messages)
    metadata, descriptors = tensogram.decode_descriptors(message)

    async def asynchronous():
        opened = await tensogram.AsyncTensogramFile.open(two_messages)
        await opened.message_count()
        return [opened, aiter(opened)]

    plain = [metadata, descriptors[0], file, iter(file), tensogram.iter_messages(message)]
    instances = plain + asyncio.run(asynchronous())
    assert [type(instance).__name__ for instance in instances] == CLASSES
    return [*instances, tensogram.StreamingEncoder({})]


def test_instances_have_no_weak_references(instances):
    for instance in instances:
        with pytest.raises(TypeError, match="weak reference"):
            weakref.ref(instance)


def test_iterators_and_encoders_cannot_be_pickled_or_copied(instances):
    for instance in instances[3:]:
        for duplicate in (pickle.dumps, copy.copy, copy.deepcopy):
            with pytest.raises(TypeError, match="pickle"):
                duplicate(instance)


@pytest.mark.parametrize("duplicate", [copy.copy, copy.deepcopy, lambda value: pickle.loads(pickle.dumps(value))])
def test_results_and_files_can_be_pickled_and_copied(instances, duplicate):
    metadata, descriptor, file = (duplicate(instance) for instance in instances[:3])
    assert (metadata.base, metadata.extra) == (instances[0].base, instances[0].extra)
    assert (repr(descriptor), descriptor.params) == (repr(instances[1]), instances[1].params)
    assert len(file) == 2


def test_only_the_streaming_encoder_has_a_constructor_and_it_too_is_final():
    assert tensogram.StreamingEncoder({}).finish()
    with pytest.raises(TypeError):
        type("Derived", (tensogram.StreamingEncoder,), {})


def test_results_outlive_the_file_they_are_of(two_messages):
    array = tensogram.TensogramFile.open(two_messages)[0].objects[0][1]
    np.testing.assert_array_equal(array, np.arange(10))


@pytest.mark.parametrize("attribute", ["version", "base", "new"])
def test_instances_cannot_be_changed(message, attribute):
    with pytest.raises(AttributeError):
        setattr(tensogram.decode_metadata(message), attribute, 1)


@pytest.mark.parametrize(
    ("name", "base"),
    [("MissingHashError", "IntegrityError"), ("HashMismatchError", "IntegrityError")],
)
def test_integrity_errors(name, base):
    error = getattr(tensogram, name)
    assert issubclass(error, getattr(tensogram, base))
    assert issubclass(error, ValueError)
    assert not issubclass(error, (RuntimeError, OSError))
    assert error.__module__ == "tensogram"
    assert not hasattr(error("made by a caller"), "object_index")
