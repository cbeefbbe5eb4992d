"""The page about the architecture shows the layers that the checks enforce."""

import re
import tomllib

from tests.docs.pages import ROOT


def test_the_layers_are_those_enforced():
    tool = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]
    (contract,) = tool["importlinter"]["contracts"]
    layers = re.search(r"```\n(cli .*?)```", (ROOT / "ARCHITECTURE.md").read_text(), re.DOTALL)[1].splitlines()
    assert [re.split(r"\s{2,}", layer)[0] for layer in layers] == contract["layers"]
