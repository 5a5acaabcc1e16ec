"""What `docs/remote.md` shows, run."""

import re
from pathlib import Path

import numpy as np

import tensogram

PAGE = Path(__file__).parents[3] / "docs" / "remote.md"


def test_the_page_on_remote_files(server):
    values = np.arange(600.0).reshape(20, 30)
    content = b"".join(
        tensogram.encode(
            {"base": [{"name": "t", "step": step}]},
            [({"type": "ntensor", "shape": [20, 30], "dtype": "float64"}, values + step)],
        )
        for step in range(3)
    )
    names = {"url": server.put("forecast.tgm", content)}
    programs = re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL)
    assert len(programs) == 5
    for program in programs:
        exec(compile(program.replace("…", "x"), str(PAGE), "exec"), names)
    assert np.array_equal(names["field"], values)
    assert np.array_equal(names["corner"], values[:10, :10])
    assert [field[0, 0] for field in names["fields"]] == [0, 1, 2]
    assert [answer["data"][0, 0] for answer in names["answers"]] == [0, 1, 2]
    assert names["dataset"]["t"].shape == (20, 30)
