"""The project's Markdown pages, and their code blocks."""

import re
import runpy
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
FENCED = re.compile(r"^```(?P<language>\w*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\((?P<target>[^)\s]+)\)")
HEADING = re.compile(r"^#+ (?P<title>.+)$", re.MULTILINE)
SESSIONS = runpy.run_path(str(ROOT / "docs" / "generate_sessions.py"))
"""The program that runs the commands on the pages."""
SERVERS = {"DOGE_KAFKA": "kafka", "DOGE_SCHEMA_REGISTRY": "schema_registry", "DOGE_DATABASE": "database"}


@dataclass(frozen=True)
class Block:
    """A fenced block.

    Attributes:
        language: the word after the opening fence.
        text: the content between the fences.
        line: the number of its first line in the page.
        follows_directly: whether only empty lines separate it from the previous block.
    """

    language: str
    text: str
    line: int
    follows_directly: bool

    @property
    def file_name(self) -> str | None:
        """The name in a first line such as ``# test_model.py`` or ``# bank.yaml``: such a block is a file."""
        match = re.match(r"# ([\w-]+\.(?:py|yaml))\n", self.text)
        return match[1] if match else None


def all_pages() -> list[Path]:
    """Every page, including those of the examples."""
    return sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "examples").rglob("*.md")])


def name_of(page: Path) -> str:
    """The page's path from the top folder."""
    return page.relative_to(ROOT).as_posix()


def blocks(page: Path) -> Iterator[Block]:
    """The fenced blocks of a page, in order."""
    text, end = page.read_text(), 0
    for result in FENCED.finditer(text):
        between = text[end : result.start()]
        line = text.count("\n", 0, result.start()) + 2
        yield Block(result["language"], result["text"], line, follows_directly=end > 0 and not between.strip())
        end = result.end()


def has_python(page: Path) -> bool:
    """Whether the page has code to run."""
    return any(block.language == "python" for block in blocks(page))


def servers(page: Path) -> dict[str, str]:
    """The environment variables that the page's code, models and commands read, each with the fixture for its value."""
    code = "".join(block.text for block in blocks(page) if block.language in {"python", "yaml", "console"})
    return {variable: fixture for variable, fixture in SERVERS.items() if variable in code}


def prose(page: Path) -> str:
    """The page without its blocks."""
    return FENCED.sub("", page.read_text())


def anchors(page: Path) -> set[str]:
    """The anchors of the page's headings."""
    titles = (heading["title"].replace("`", "").lower() for heading in HEADING.finditer(prose(page)))
    return {re.sub(r"[^\w -]", "", title).replace(" ", "-") for title in titles}
