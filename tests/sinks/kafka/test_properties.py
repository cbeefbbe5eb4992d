"""The table of librdkafka's properties matches the installed client."""

import runpy

from doge_datagen.sinks.kafka import properties as kafka_properties
from doge_datagen.sinks.kafka.properties import Property
from tests.docs.pages import ROOT

GENERATOR = runpy.run_path(str(ROOT / "docs" / "generate_kafka_properties.py"))


def test_the_table_matches_the_installed_client():
    actual = {"Property": Property}
    exec(GENERATOR["table"](), actual)
    known = (kafka_properties.LIBRDKAFKA, kafka_properties.PROPERTIES)
    assert known == (actual["LIBRDKAFKA"], actual["PROPERTIES"]), "run: python docs/generate_kafka_properties.py"
