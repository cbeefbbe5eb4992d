"""The page about metrics lists all metrics of a scrape with their descriptions."""

import re

import yaml

from doge_datagen.monitor.metric_families import METRICS, Measured, RunCollector
from doge_datagen.run.reporting.report import Progress
from tests.docs.pages import ROOT, blocks
from tests.monitor.moments import halfway

PAGE = ROOT / "docs" / "reference" / "metrics.md"
ROW = re.compile(r"^\| `(doge_\w+)` \| (\w+) \| (.*?) ?\| (.*) \|$", re.MULTILINE)


def rows():
    return [
        (name, kind, tuple(re.findall(r"`(\w+)`", labels)), description)
        for name, kind, labels, description in ROW.findall(PAGE.read_text())
    ]


def collected(progress):
    return list(RunCollector(Measured("bank", "7", "night", 1.5e9, progress)).collect())


def test_the_table_has_all_collected_metrics():
    families = collected(halfway())
    assert [
        (family.samples[0].name, family.type, tuple(family.samples[0].labels), family.documentation)
        for family in families
    ] == rows()


def test_a_metric_without_values_has_its_name_in_a_scrape():
    assert len(collected(Progress(0, 0, 0))) == len(METRICS) == len(rows())


def test_the_queries_use_existing_metrics():
    used = set(re.findall(r"doge_\w+", PAGE.read_text().partition("## Scrape it")[2]))
    assert used
    assert used <= {metric.name for metric in METRICS}


def test_the_example_is_a_valid_configuration():
    (block,) = (block for block in blocks(PAGE) if block.language == "yaml")
    (job,) = yaml.safe_load(block.text)["scrape_configs"]
    assert job["static_configs"] == [{"targets": ["localhost:9400"]}]
