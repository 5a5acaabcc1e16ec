"""The user guides: every example runs and prints what it is said to print."""

import logging
from pathlib import Path

import documents
import pytest
import xarray as xr

ROOT = Path(__file__).parents[3]
GUIDES = ["docs/xarray.md", "docs/dask.md", "docs/chunked.md"]


@pytest.fixture
def workshop(tmp_path, monkeypatch):
    """An empty folder to work in, and loggers that are left as they were."""
    monkeypatch.chdir(tmp_path)
    logger = logging.getLogger("tensogram_xarray")
    handlers, level = list(logger.handlers), logger.level
    with xr.set_options(display_width=100):
        yield tmp_path
    logger.handlers[:] = handlers
    logger.setLevel(level)


@pytest.mark.parametrize("guide", GUIDES)
def test_every_example_prints_what_it_says(guide, workshop):
    outcomes = list(documents.run(ROOT / guide))
    assert len(outcomes) >= 8
    for outcome in outcomes:
        assert outcome.is_as_told, (
            f"{guide}, line {outcome.example.line}, prints\n{outcome.printed}\nand not\n{outcome.example.output}"
        )


@pytest.mark.parametrize("guide", GUIDES)
def test_most_examples_show_their_output(guide):
    found = documents.examples(ROOT / guide)
    silent = [example.line for example in found if example.output is None and "print(" in example.code]
    assert silent == []


# The runner


def write(folder: Path, text: str) -> Path:
    path = folder / "guide.md"
    path.write_text(text)
    return path


def test_the_runner_finds_what_is_printed_otherwise(tmp_path):
    told = "```python\nprint(1 + 1)\n```\n\n```text\n{}\n```\n"
    for output, is_as_told in [("2", True), ("...", True), ("3", False)]:
        (outcome,) = documents.run(write(tmp_path, told.format(output)))
        assert outcome.is_as_told is is_as_told


def test_the_runner_wants_nothing_printed_where_nothing_is_told(tmp_path):
    (outcome,) = documents.run(write(tmp_path, "```python\nprint(1)\n```\nprose\n```text\n1\n```\n"))
    assert outcome.example.output is None
    assert not outcome.is_as_told


def test_the_runner_keeps_names_and_tells_lines(tmp_path):
    path = write(tmp_path, "# Guide\n\n```python\na = 1\n```\n\n```sh\nrm -r /\n```\n\n```python\nb = a + c\n```\n")
    with pytest.raises(NameError) as error:
        list(documents.run(path))
    assert error.traceback[-1].lineno + 1 == 12
