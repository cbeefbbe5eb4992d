"""The links on the pages work."""

import pytest

from tests.docs.pages import LINK, ROOT, all_pages, anchors, name_of, prose

ELSEWHERE = ("http://", "https://", "mailto:")


def relative_links(page):
    return [link["target"] for link in LINK.finditer(prose(page)) if not link["target"].startswith(ELSEWHERE)]


@pytest.mark.parametrize("page", all_pages(), ids=name_of)
def test_relative_links_lead_to_a_file(page):
    for link in relative_links(page):
        path = link.partition("#")[0]
        assert (page.parent / path).exists(), link


@pytest.mark.parametrize("page", all_pages(), ids=name_of)
def test_links_to_a_heading_lead_to_one(page):
    for link in relative_links(page):
        path, _, anchor = link.partition("#")
        target = page.parent / path if path else page
        if anchor:
            assert anchor in anchors(target), link


def test_every_page_of_the_docs_can_be_reached_from_their_index():
    index = ROOT / "docs" / "index.md"
    actual, left = {index}, [index]
    while left:
        page = left.pop()
        linked = {(page.parent / link.partition("#")[0]).resolve() for link in relative_links(page)}
        new = {target for target in linked if target.suffix == ".md"} - actual
        actual |= new
        left += new
    assert set((ROOT / "docs").rglob("*.md")) <= actual
