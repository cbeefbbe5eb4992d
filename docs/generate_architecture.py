"""Writes the tables of ARCHITECTURE.md from what each module says of itself: python docs/generate_architecture.py."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "ARCHITECTURE.md"
SOURCE = ROOT / "src" / "doge_datagen"
GENERATED = re.compile(
    r"(?P<begin><!-- files: (?P<place>[\w/]+|\.) -->\n).*?(?P<end><!-- end of files -->\n)", re.DOTALL
)
CODE = re.compile(r"``(.*?)``|:\w+:`(.*?)`")


def page(text: str) -> str:
    """The page with its tables as they ought to be; what stands between them stays."""
    return GENERATED.sub(lambda found: found["begin"] + table(found["place"]) + found["end"], text)


def table(place: str) -> str:
    """A row for each module of a folder, or of the package itself, without those below."""
    rows = [row(module) for module in sorted((SOURCE / place).glob("*.py")) if module.stem != "__init__"]
    return "".join(["\n| file | what it is |\n|---|---|\n", *rows, "\n"])


def row(module: Path) -> str:
    """What the first sentence of a module says."""
    told = (ast.get_docstring(ast.parse(module.read_text())) or "").partition("\n\n")[0].replace("\n", " ")
    plain = CODE.sub(lambda found: f"`{found[1] or found[2]}`", told).rstrip(".").replace("|", "\\|")
    return f"| [{module.stem}]({module.relative_to(ROOT).as_posix()}) | {plain} |\n"


def folders() -> list[str]:
    """All folders with modules, each as the page names it."""
    return sorted({path.parent.relative_to(SOURCE).as_posix() for path in SOURCE.rglob("*.py")})


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text()))
