"""`doctor` (contract §19)."""

import tensogram

NAMES = "szip szip-pure zstd zstd-pure lz4 blosc2 zfp sz3 threads remote mmap async"


def test_build():
    build = tensogram.doctor()["build"]
    assert (build["version"], build["wire_version"]) == (tensogram.__version__, tensogram.WIRE_VERSION)
    assert build["profile"] in ("release", "debug")
    assert build["target"].endswith("-linux-gnu")


def test_features():
    features = tensogram.doctor()["features"]
    assert " ".join(feature["name"] for feature in features) == NAMES
    for feature in features:
        assert feature["kind"] in ("compression", "threading", "io", "converter")
        if feature["state"] == "off":
            assert set(feature) == {"name", "kind", "state"}
        else:
            assert feature["state"] == "on"
            assert feature["linkage"] == "ffi"
            assert feature["backend"]
            assert feature["version"][0].isdigit()


def test_every_codec_is_there():
    on = {feature["name"] for feature in tensogram.doctor()["features"] if feature["state"] == "on"}
    assert on >= {"szip", "zstd", "lz4", "blosc2", "zfp", "sz3", "threads", "mmap", "remote", "async"}


def test_every_check_passes():
    checks = tensogram.doctor()["self_test"]
    assert [check for check in checks if check != {"label": check["label"], "outcome": "ok"}] == []
    labels = [check["label"] for check in checks]
    assert len(set(labels)) == len(labels)
    for part in ("none/none/none", "metadata", "scan", "hash", "szip", "zstd", "lz4", "blosc2", "zfp", "sz3"):
        assert any(part in label for label in labels), part


def test_says_the_same_each_time():
    assert tensogram.doctor() == tensogram.doctor()
