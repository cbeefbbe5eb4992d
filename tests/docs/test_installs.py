"""The installation instructions work before a release, and suffice for the code on the pages."""

import re
import tomllib
from importlib.metadata import packages_distributions

import pytest

from tests.docs.installs import EXTRAS, lines_of, modules_of
from tests.docs.pages import LINK, ROOT, all_pages, name_of

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
OPTIONAL = PROJECT["project"]["optional-dependencies"]
INSTALLING = [page for page in all_pages() if lines_of(page)]


def normalized(name):
    return re.sub(r"[-_.]+", "-", name).lower()


def packages(requirements):
    """The packages named by requirements, including those of our extras."""
    result = set()
    for requirement in requirements:
        name, extras = re.match(r"([\w.-]+)(?:\[([\w,]+)\])?", requirement).groups()
        result.add(normalized(name))
        if name == "doge-datagen":
            result |= packages([more for extra in extras.split(",") for more in OPTIONAL[extra]])
    return result


def installed(page):
    """The packages installed by the page's instructions, without their dependencies."""
    result = packages(PROJECT["project"]["dependencies"])
    for line in lines_of(page):
        said = EXTRAS.match(line)
        result |= packages([f"doge-datagen[{said['extras']}]"] if said["extras"] else [])
        result |= {normalized(name) for name in said["others"].split()}
    return result


def test_the_lines_are_found():
    assert {"README.md", "docs/tutorial.md", "docs/how-to/kafka.md"} <= {name_of(page) for page in INSTALLING}


@pytest.mark.parametrize("page", INSTALLING, ids=name_of)
def test_a_page_installs_existing_extras_from_the_source_tree(page):
    for line in lines_of(page):
        said = EXTRAS.match(line)
        assert said is not None, line
        assert set((said["extras"] or "local").split(",")) <= set(OPTIONAL), line
        assert ((ROOT if said["where"] == "." else page.parent) / said["where"] / "pyproject.toml").exists(), line


@pytest.mark.parametrize("page", [page for page in all_pages() if modules_of(page)], ids=name_of)
def test_a_page_installs_what_its_code_imports(page):
    provided = {module: set(map(normalized, names)) for module, names in packages_distributions().items()}
    there = installed(page)
    missing = [module for module in sorted(modules_of(page)) if not provided[module] & there]
    assert missing == [], f"{name_of(page)} installs {sorted(there)}"


def test_a_package_index_has_the_projects_urls():
    assert {"Homepage", "Documentation", "Changelog", "Issues"} <= set(PROJECT["project"]["urls"])


def test_links_of_the_readme_work_from_a_package_index():
    (rule,) = PROJECT["tool"]["hatch"]["metadata"]["hooks"]["fancy-pypi-readme"]["substitutions"]
    text = (ROOT / "README.md").read_text()
    shown = re.sub(rule["pattern"], rule["replacement"], text)
    links = [link["target"] for link in LINK.finditer(shown)]
    base = f"{PROJECT['project']['urls']['Homepage']}/blob/HEAD/"
    assert [link for link in links if not link.startswith(("https://", "#"))] == []
    pages = [link.removeprefix(base).partition("#")[0] for link in links if link.startswith(base)]
    assert pages
    assert [page for page in pages if not (ROOT / page).exists()] == []
