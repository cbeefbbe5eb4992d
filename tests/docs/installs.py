"""How the pages say to install the package, and what their code imports.

As a program, ``python -m tests.docs.installs``, it follows the instructions in environments that have nothing else.
"""

import ast
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.docs.pages import ROOT, all_pages, blocks

LINE = re.compile(r"pip install (?P<what>[^`#\n]*doge-datagen[^`#\n]*|'?\.[^`#\n]*)")
EXTRAS = re.compile(r"'?(?P<where>[./]*)(\[(?P<extras>[\w,]+)\])?'?(?P<others>( [\w-]+)*)$")
OURS = "doge_datagen"


def lines_of(page):
    """What the page says behind ``pip install``, where it is this package."""
    return [line["what"].strip() for line in LINE.finditer(page.read_text())]


def modules_of(page):
    """The modules of other packages that the code of the page imports."""
    own = {block.file_name.removesuffix(".py") for block in blocks(page) if block.file_name}
    trees = [ast.parse(block.text) for block in blocks(page) if block.language == "python"]
    found = set()
    for node in (node for tree in trees for node in ast.walk(tree)):
        names = [it.name for it in node.names] if isinstance(node, ast.Import) else []
        names += [node.module] if isinstance(node, ast.ImportFrom) and node.module else []
        found |= {name.partition(".")[0] for name in names}
    return found - own - set(sys.stdlib_module_names) - {OURS}


def follow(line, modules):
    """Install into a new environment what the line says, run a new model, and import the modules."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        programs, where = (
            Path(folder) / "bin",
            ROOT if line.lstrip("'").startswith(".[") else ROOT / "examples" / "banking",
        )
        subprocess.run(f"{programs}/pip install --quiet {line}", shell=True, cwd=where, check=True)
        for command in (["doge", "new", "cafe"], ["doge", "run", "cafe.yaml"]):
            subprocess.run([programs / command[0], *command[1:]], cwd=folder, check=True)
        subprocess.run([programs / "python", "-c", f"import {', '.join(sorted({OURS, *modules}))}"], check=True)


def main():
    """Follow each line once, with all that the pages import that have it."""
    wanted = {}
    for page in all_pages():
        for line in lines_of(page):
            wanted.setdefault(line, set()).update(modules_of(page) if len(lines_of(page)) == 1 else ())
    for line, modules in wanted.items():
        sys.stdout.write(f"pip install {line}\n")
        sys.stdout.flush()
        follow(line, modules)


if __name__ == "__main__":
    main()
