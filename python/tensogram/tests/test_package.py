"""The surface of the package: names, versions, import, the nature of its classes."""

import inspect
import subprocess
import sys

import pytest

import tensogram

CLASSES = [
    "Metadata", "DataObjectDescriptor", "TensogramFile", "TensogramFileIter", "MessageIter", "AsyncTensogramFile",
    "AsyncTensogramFileIter",
]  # fmt: skip


def test_wire_version():
    assert tensogram.WIRE_VERSION == 3


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
