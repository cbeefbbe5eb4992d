import re
import subprocess
import sys

import confluent_kafka.admin
import pytest

from doge_datagen.errors import MissingDriverError, ModelError, UnknownTargetError
from doge_datagen.model import Destination
from doge_datagen.model.destination import KINDS
from doge_datagen.sinks import registry as kinds
from doge_datagen.sinks.memory_batches import MemoryBatchSink
from doge_datagen.sinks.registry import (
    BUILT_IN,
    all_names,
    check_destination,
    check_filled,
    check_machine,
    find_kind,
    open_sink,
    shown_destination,
)
from doge_datagen.sinks.sink_kind import Option, SinkKind
from doge_datagen.sinks.testing.batches import RULES, BatchSinkUnderTest
from doge_datagen.sinks.testing.samples import SCHEMA, STREAM, row_of
from tests.sinks.files.read_back import from_arrow
from tests.sinks.packages import arrow_folder, install  # noqa: F401 - fixtures

CONF = "targets.local.trx.conf"


@pytest.fixture
def opened(monkeypatch):
    """The arguments with which a sink type with an option of each type was opened."""
    seen = []

    def open_it(opening):
        seen.append(opening)
        return MemoryBatchSink()

    options = {
        "text": Option("a text"),
        "colour": Option("a choice", choices=("red", "green")),
        "size": Option("a number", int),
        "share": Option("a part", float),
        "quick": Option("yes or no", bool),
        "conf": Option("anything", dict),
        "token": Option("who you are"),
    }
    kind = SinkKind("rainbow", "nothing", open_it, options)
    monkeypatch.setattr(kinds, "rainbow", kind, raising=False)
    monkeypatch.setitem(kinds.BUILT_IN, "rainbow", "doge_datagen.sinks.registry:rainbow")
    return seen


def given(at="", **options):
    return Destination("rainbow", at, options)


def test_the_built_in_sink_types_are_those_known_to_destinations():
    assert tuple(BUILT_IN) == KINDS


@pytest.mark.parametrize("name", BUILT_IN)
def test_a_built_in_kind_has_its_own_name(name):
    assert find_kind(name).name == name


def test_an_unknown_kind_is_reported_with_the_nearest_name():
    with pytest.raises(
        ModelError, match=r"^targets\.local\.trx: there is no kind of sink 'kafak'. Hint: did you mean 'kafka'\?"
    ):
        check_destination(Destination("kafak"), "trx", (), "targets.local.trx")


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"kafka": "a:1", "format": "avro"}, "targets.local.trx.schema_registry: format 'avro' needs the URL of a"),
        ({"kafka": "a:1", "partitions": 0}, "targets.local.trx.partitions: 0 is too small. Hint: give 1 or more"),
        ({"kafka": "a:1", "replication": 0}, "targets.local.trx.replication: 0 is too small. Hint: give 1 or more"),
        ({"database": "bank.db"}, "targets.local.trx: 'bank.db' is a file's name. Hint: write sqlite:///bank.db"),
        ({"kafka": ""}, "targets.local.trx: no broker is named. Hint: give one, such as 'localhost:9092'"),
        ({"kafka": ", "}, "targets.local.trx: no broker is named"),
        (
            {"kafka": "a:1", "topic": "bad topic!"},
            "targets.local.trx.topic: 'bad topic!' is not a topic name: a topic's name",
        ),
        ({"kafka": "a:1", "topic": "x" * 250}, "targets.local.trx.topic: 'xxx"),
        ({"kafka": "a:1", "topic": ".."}, "targets.local.trx.topic: '..' is not a topic name: "),
        (
            {"kafka": "a:1", "conf": {"nonsense.key": 3}},
            "targets.local.trx.conf.nonsense.key: is not a property of librdkafka ",
        ),
        (
            {"kafka": "a:1", "format": "avro", "schema_registry": "http://a:1,b:2"},
            "targets.local.trx.schema_registry: 'b:2' is not the URL of a schema registry. Hint: write it like http://localhost:",
        ),
        (
            {"kafka": "a:1", "format": "avro", "schema_registry": "http://a:1"},
            "targets.local.trx: 'user id' is not a name for Avro: names have letters, digits and '_'",
        ),
        ("trx.avro", "targets.local.trx: 'user id' is not a name for Avro"),
        (
            {"kafka": "a:1", "conf": {"enable.idempotence": True, "acks": 1}},
            f"{CONF}.acks: 1 contradicts enable.idempotence: true",
        ),
        ({"kafka": "a:1", "conf": {"retries": 0}}, f"{CONF}.retries: 0 is not possible with enable.idempotence"),
        (
            {"kafka": "a:1", "conf": {"max.in.flight": 10}},
            f"{CONF}.max.in.flight: 10 is not possible with enable.idempotence",
        ),
        (
            {"kafka": "a:1", "conf": {"message.timeout.ms": 10}},
            f"{CONF}.message.timeout.ms: 10 is not longer than linger.ms, which is 50",
        ),
        (
            {"kafka": "a:1", "conf": {"security.protocol": "SASL_SSL", "sasl.mechanism": "XYZ"}},
            f"{CONF}.sasl.mechanism: 'XYZ' is not possible. Hint: known: 'PLAIN', ",
        ),
        *(
            (f"{scheme}://bucket/trx.parquet", f"targets.local.trx: no sink takes URLs of {scheme}://: {stores}")
            for scheme in ("s3", "gs", "abfs", "hdfs")
            for stores in ["object stores are not supported yet. Hint: write a file, such as out/trx.parquet, and copy"]
        ),
        ("http://host/trx.parquet", "targets.local.trx: no sink takes URLs of http://: web servers and object stores"),
        (
            {"file": "s3://bucket/trx.parquet"},
            "targets.local.trx: 's3://bucket/trx.parquet' is not a path: object stor",
        ),
        ({"file": "file:///trx.csv"}, "targets.local.trx: 'file:///trx.csv' is not a path: a file is its path alone."),
        (
            {"database": "s3://bucket/trx"},
            "targets.local.trx: no SQLAlchemy dialect 's3' is installed: object stores a",
        ),
        (
            "kafka://broker",
            "targets.local.trx: no sink takes URLs of kafka://: Kafka is named by its brokers. Hint: wri",
        ),
        (
            "postgresq://host/db",
            "targets.local.trx: no sink takes URLs of postgresq://: it is unknown. Hint: did you me",
        ),
    ],
)
def test_a_check_reports_mistakes_that_can_be_detected_without_opening(given, message):
    with pytest.raises(ModelError, match=f"^{re.escape(message)}"):
        check_destination(Destination.of(given), "trx", ("user id",), "targets.local.trx")


@pytest.mark.parametrize(
    "given",
    [
        {"kafka": "a:1", "conf": {"security.protocol": "${PROTOCOL}"}},
        {"database": "sqlite:///no_such.db", "table": "main.t"},
        {"database": "duckdb:////srv/no_such.duckdb", "table": "s.t"},
        {"database": "postgresql://me@host/db", "table": "s.t"},
        {"kafka": "a:1", "format": "avro", "schema_registry": "${REGISTRY}"},
        {"kafka": "a:1", "partitions": 3, "replication": 2},
        "duckdb:///bank.duckdb",
        "postgres://me@host/db",
        "mysql+pymysql://me@host/db",
    ],
)
def test_valid_destinations_pass_the_check_without_a_server(given):
    check_destination(Destination.of(given), "trx", (), "targets.local.trx")


@pytest.mark.parametrize("url", ["sqlite:///no_such.db", "duckdb:///no_such.duckdb", f"duckdb:///{'x' * 300}"])
def test_a_table_with_a_dot_is_refused_in_a_new_local_file(url, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    destination = Destination.of({"database": url, "table": "s.t"})
    check_destination(destination, "trx", (), "targets.local.trx")
    message = r"^{}: the table 's\.t' would be in the schema 's', and a new file has none but main. Hint: name the"
    with pytest.raises(ModelError, match=message.format(r"targets\.local\.trx")):
        check_machine(destination, "trx", (), "targets.local.trx")
    with pytest.raises(UnknownTargetError, match=message.format(r"table s\.t")):
        open_sink(destination, STREAM, SCHEMA)
    assert list(tmp_path.iterdir()) == []


def test_a_table_with_a_dot_is_accepted_in_an_existing_file_or_at_motherduck(tmp_path):
    (tmp_path / "bank.db").write_text("something")
    for url in (f"sqlite:///{tmp_path}/bank.db", "duckdb:///md:bank"):
        check_machine(Destination.of({"database": url, "table": "s.t"}), "trx", (), "targets.local.trx")


def test_the_hint_for_a_stream_with_an_invalid_topic_name_says_where_to_set_one():
    with pytest.raises(ModelError, match=r"^targets\.local\.a b: 'a b' is not a topic name: a topic's name"):
        check_destination(Destination.of({"kafka": "a:1"}), "a b", (), "targets.local.a b")


@pytest.mark.parametrize(
    ("option", "key"),
    [
        *(("conf", f"ssl.{it}.location") for it in ("ca", "key", "certificate", "crl", "keystore")),
        ("conf", "sasl.kerberos.keytab"),
        ("conf", "sasl.oauthbearer.assertion.file"),
        ("schema_registry_conf", "ssl.ca.location"),
    ],
)
def test_a_file_missing_on_this_machine_is_reported_by_a_separate_check(option, key):
    destination = Destination.of({"kafka": "a:1", option: {key: "/no/such"}})
    check_destination(destination, "trx", (), "targets.local.trx")
    message = f"targets.local.trx.{option}.{key}: there is no file '/no/such' on this machine"
    with pytest.raises(ModelError, match=f"^{re.escape(message)}$"):
        check_machine(destination, "trx", (), "targets.local.trx")


@pytest.mark.parametrize("check", [check_destination, check_filled, check_machine])
def test_a_check_creates_no_kafka_client(check, monkeypatch):
    for module in (confluent_kafka, confluent_kafka.admin):
        for name in ("Producer", "Consumer", "AdminClient"):
            monkeypatch.setattr(module, name, None, raising=False)
    conf = {"security.protocol": "SASL_SSL", "sasl.mechanism": "GSSAPI", "sasl.kerberos.principal": "doge"}
    check(Destination.of({"kafka": "a:1", "conf": conf}), "trx", (), "targets.local.trx")


@pytest.mark.parametrize(
    ("destination", "module", "extra"),
    [
        ("trx.jsonl", "polars", "json"),
        ("trx.avro", "fastavro", "avro"),
        ("duckdb:///bank.duckdb", "duckdb", "duckdb"),
        ("postgresql://me@host/db", "psycopg", "postgres"),
        ({"kafka": "a:1"}, "confluent_kafka", "kafka"),
        ({"kafka": "a:1"}, "polars", "json"),
        ({"kafka": "a:1", "format": "avro", "schema_registry": "http://a"}, "pyruhvro", "avro"),
        ({"kafka": "a:1", "format": "avro", "schema_registry": "http://a"}, "confluent_kafka.schema_registry", "kafka"),
    ],
)
def test_a_missing_package_is_reported_without_opening_a_destination(destination, module, extra, monkeypatch):
    check_machine(Destination.of(destination), "trx", (), "targets.local.trx")
    monkeypatch.setitem(sys.modules, module, None)
    monkeypatch.delattr(confluent_kafka, "schema_registry", raising=False)
    check_destination(Destination.of(destination), "trx", (), "targets.local.trx")
    with pytest.raises(MissingDriverError, match=rf"pip install 'doge-datagen\[{extra}\]'"):
        check_machine(Destination.of(destination), "trx", (), "targets.local.trx")


def test_using_one_sink_type_loads_no_other():
    program = """
import sys
from doge_datagen.sinks.registry import find_kind
find_kind('console')
print(sorted({'polars', 'duckdb', 'fastavro', 'sqlalchemy', 'confluent_kafka', 'pyarrow.parquet'} & set(sys.modules)))
"""
    assert subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout == "[]\n"


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_the_sink_of_an_installed_package_follows_every_rule(rule, arrow_folder, tmp_path):  # noqa: F811 - a fixture
    folder = tmp_path / "records"

    def read():
        return [row_of(record) for path in sorted(folder.iterdir()) for record in from_arrow(path)]

    destination = Destination.of({"arrow_folder": str(folder), "prefix": "part-"})
    rule(
        BatchSinkUnderTest(
            make=lambda: open_sink(destination, STREAM, SCHEMA), read=read, break_destination=folder.rmdir
        )
    )


def test_an_installed_kind_is_among_all_names(arrow_folder):  # noqa: F811 - a fixture
    assert all_names() == [*BUILT_IN, "arrow_folder"]


def test_a_misspelt_installed_kind_is_reported_with_its_name(arrow_folder):  # noqa: F811 - a fixture
    with pytest.raises(ModelError, match="did you mean 'arrow_folder'"):
        find_kind("arow_folder")


def test_built_in_sink_types_take_precedence_over_installed_ones_of_the_same_name(install):  # noqa: F811 - a fixture
    install("stranger", {"file": "stranger:KIND"}, {"stranger": "KIND = None"})
    assert find_kind("file").name == "file"
    assert all_names() == list(BUILT_IN)


def test_two_packages_that_claim_one_kind_are_reported(install):  # noqa: F811 - a fixture
    install("one", {"pulsar": "one:KIND"}, {"one": ""})
    install("two", {"pulsar": "two:KIND"}, {"two": ""})
    with pytest.raises(ModelError, match="'two:KIND' and 'one:KIND' both claim the kind of sink 'pulsar'"):
        find_kind("pulsar")


@pytest.mark.parametrize("text", ["import no_such_package", "OTHER = None"])
def test_a_package_that_cannot_be_loaded_is_reported(text, install):  # noqa: F811 - a fixture
    install("broken", {"pulsar": "broken_sink:KIND"}, {"broken_sink": text})
    with pytest.raises(ModelError, match=r"the package that adds the kind of sink 'pulsar' cannot be loaded: "):
        find_kind("pulsar")
    sys.modules.pop("broken_sink", None)


def test_an_invalid_sink_type_is_reported(install):  # noqa: F811 - a fixture
    install("wrong", {"pulsar": "wrong_sink:KIND"}, {"wrong_sink": "KIND = 7"})
    with pytest.raises(ModelError, match="'wrong_sink:KIND', which adds the kind of sink 'pulsar', is not a SinkKind"):
        find_kind("pulsar")


def test_a_sink_is_opened_with_the_options_of_the_model(opened):
    open_sink(given("there", size=3, conf={"a": 1}), STREAM, SCHEMA, keyed=True)
    (opening,) = opened
    assert (opening.stream, opening.schema, opening.at, opening.keyed) == (STREAM, SCHEMA, "there", True)
    assert opening.options == {"size": 3, "conf": {"a": 1}}


def test_variables_are_replaced_in_addresses_and_options(opened, monkeypatch):
    monkeypatch.setenv("DOGE_USER", "shibe")
    destination = given(
        "${DOGE_USER}@${DOGE_HOST:-localhost}", text="${DOGE_USER}", conf={"a": "x${DOGE_USER}", "b": True}
    )
    open_sink(destination, STREAM, SCHEMA)
    assert (opened[0].at, opened[0].options) == (
        "shibe@localhost",
        {"text": "shibe", "conf": {"a": "xshibe", "b": True}},
    )


def test_a_destination_is_checked_without_its_variables(opened):
    assert check_destination(given("${NO_SUCH}", colour="${NO_SUCH}"), "trx", (), "targets.local.trx").name == "rainbow"


def test_a_missing_variable_is_reported_with_its_destination(opened):
    with pytest.raises(ModelError) as caught:
        open_sink(given(conf={"password": "hunter2${QUITE_UNKNOWN}"}), STREAM, SCHEMA, where="targets.local.trx")
    assert str(caught.value) == (
        "targets.local.trx.conf.password: the environment has no variable QUITE_UNKNOWN. Hint: "
        "set it, or write ${QUITE_UNKNOWN:-default}"
    )


def test_a_choice_from_the_environment_is_checked_and_not_displayed(opened, monkeypatch):
    monkeypatch.setenv("DOGE_COLOUR", "hunter2")
    with pytest.raises(ModelError, match=r"^targets\.samples\.colour: '\$\{DOGE_COLOUR\}' is not possible") as caught:
        open_sink(given(colour="${DOGE_COLOUR}"), STREAM, SCHEMA)
    assert "hunter2" not in str(caught.value)
    assert opened == []


@pytest.mark.parametrize("destination", ["out/trx.cvs", {"file": "out/trx.csv.gz", "compression": "zstd"}])
def test_a_path_without_a_format_is_reported_before_anything_is_opened(destination):
    with pytest.raises(ModelError, match=r"targets\.local\.trx"):
        check_destination(Destination.of(destination), "trx", (), "targets.local.trx")


def test_a_path_with_variables_is_checked_after_they_are_replaced():
    assert check_destination(Destination.of("${FILE}"), "trx", (), "targets.local.trx").name == "file"


@pytest.fixture(autouse=True)
def variables(monkeypatch):
    monkeypatch.setenv("KAFKA", "broker-1:9092,broker-2:9092")
    monkeypatch.setenv("DATABASE", "postgresql://ann:geheim@h/bank?sslpassword=geheim")
    monkeypatch.setenv("TOPIC", "payments")
    monkeypatch.setenv("DB_PASSWORD", "geheim")
    monkeypatch.setenv("HOST_TOKEN", "geheim")
    monkeypatch.delenv("MISSING", raising=False)


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("out/a.csv", "out/a.csv"),
        ("console", "console"),
        ("postgresql://u:geheim@h/d", "postgresql://u:***@h/d, table trx"),
        ("u:geheim@host/db", "***@host/db"),
        ({"kafka": "${KAFKA}"}, "kafka broker-1:9092,broker-2:9092, topic trx"),
        ({"kafka": "${MISSING:-localhost:9092}", "topic": "${TOPIC}"}, "kafka localhost:9092, topic payments"),
        ({"kafka": "${MISSING}"}, "kafka ${MISSING}, topic trx"),
        ({"kafka": "u:geheim@host"}, "kafka ***@host, topic trx"),
        ({"kafka": "SASL_SSL://user:geheim@host:9093"}, "kafka ***, topic trx"),
        ({"kafka": "a:1,geheim in words"}, "kafka a:1,***, topic trx"),
        ({"kafka": "${HOST_TOKEN}"}, "kafka ${HOST_TOKEN}, topic trx"),
        ({"database": "${DATABASE}", "table": "t"}, "postgresql://ann:***@h/bank?***, table t"),
        ({"database": "postgresql://u:${DB_PASSWORD}@h/d"}, "postgresql://u:${DB_PASSWORD}@h/d, table trx"),
        ({"database": "duckdb:///x?encryption_key=geheim"}, "duckdb:///x?***, table trx"),
        ({"kafka": "h:9092", "conf": {"sasl.password": "geheim"}}, "kafka h:9092, topic trx"),
        ({"arrow_folder": "x", "secret": "geheim"}, "arrow_folder x"),
    ],
)
def test_a_destination_is_displayed_with_its_real_address_and_without_secrets(given, shown):
    assert shown_destination(Destination.of(given), "trx") == shown


def test_the_repr_of_a_destination_has_no_secrets():
    destination = Destination.of({"kafka": "u:geheim@h", "conf": {"sasl.password": "geheim", "linger.ms": 5}})
    assert (
        repr(destination)
        == "Destination(kind='kafka', at='***@h', options={'conf': {'sasl.password': '***', 'linger.ms': 5}})"
    )
