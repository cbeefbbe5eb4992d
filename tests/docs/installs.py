"""The installation instructions on the pages, and the imports of their code.

As a program, ``python -m tests.docs.installs``, it follows the instructions in empty environments.
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
    """The arguments of ``pip install`` on the page, if it installs this package."""
    return [line["what"].strip() for line in LINE.finditer(page.read_text())]


def modules_of(page):
    """The modules of other packages that the code of the page imports."""
    own = {block.file_name.removesuffix(".py") for block in blocks(page) if block.file_name}
    trees = [ast.parse(block.text) for block in blocks(page) if block.language == "python"]
    result = set()
    for node in (node for tree in trees for node in ast.walk(tree)):
        names = [it.name for it in node.names] if isinstance(node, ast.Import) else []
        names += [node.module] if isinstance(node, ast.ImportFrom) and node.module else []
        result |= {name.partition(".")[0] for name in names}
    return result - own - set(sys.stdlib_module_names) - {OURS}


def follow(line, modules):
    """Install a line into a new environment, run a new model, and import the modules."""
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
    """Follow each line once, with the imports of all pages that contain it."""
    expected = {}
    for page in all_pages():
        for line in lines_of(page):
            expected.setdefault(line, set()).update(modules_of(page) if len(lines_of(page)) == 1 else ())
    for line, modules in expected.items():
        sys.stdout.write(f"pip install {line}\n")
        sys.stdout.flush()
        follow(line, modules)


if __name__ == "__main__":
    main()
