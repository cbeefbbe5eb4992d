import pytest
from confluent_kafka.schema_registry import SchemaRegistryClient

from doge_datagen.errors import ModelError
from doge_datagen.model.redaction import redacted
from doge_datagen.sinks.kafka.registry_conf import KEYS, NEEDED_BY, SOURCE, TAKEN_BY, check_registry_conf, with_numbers

STATIC = {
    "bearer.auth.credentials.source": "STATIC_TOKEN",
    "bearer.auth.token": "x",
    "bearer.auth.logical.cluster": "lsrc-1",
}
OIDC = {f"bearer.auth.{name}": "https://a" for name in NEEDED_BY["OAUTHBEARER"]}


@pytest.mark.parametrize(
    "conf",
    [
        {},
        {"timeout": 5, "max.retries": 0, "retries.wait.ms": 0, "retries.max.wait.ms": 1.5, "cache.capacity": 10},
        {"timeout": "5", "cache.latest.ttl.sec": "60"},
        {"basic.auth.user.info": "u:p", "ssl.ca.location": False, "proxy": "http://p:3128"},
        STATIC,
        {**OIDC, "bearer.auth.credentials.source": "OAUTHBEARER", "bearer.auth.identity.pool.id": "pool-1"},
    ],
)
def test_configurations_valid_for_the_installed_client_are_accepted(conf):
    known = redacted(conf)
    check_registry_conf(known, "there")
    with SchemaRegistryClient({"url": "http://a", **with_numbers(known)}):
        pass


@pytest.mark.parametrize(
    ("conf", "message"),
    [
        ({"proxy": 5}, "there.proxy: 5 is not a URL, such as http://proxy.example:3128"),
        ({"proxy": "somewhere"}, "there.proxy: 'somewhere' is not a URL"),
        ({"retries.wait.ms": -3}, "there.retries.wait.ms: -3 is not a number of milliseconds, 0 or more"),
        ({"timeout": "soon"}, "there.timeout: 'soon' is not a number of seconds, 1 or more"),
        ({"timeout": True}, "there.timeout: True is not a number of seconds"),
        ({"timeout": float("nan")}, "there.timeout: nan is not a number of seconds"),
        ({"max.retries": -1}, "there.max.retries: -1 is not a number of retries, 0 or more"),
        ({"ssl.ca.location": True}, "there.ssl.ca.location: True is not the path of a file, or false"),
        ({"ssl.key.password": 7}, "there.ssl.key.password: *** is not a string"),
        ({"ssl.key.location": "x"}, "there.ssl.key.location: needs ssl.certificate.location too"),
        ({"basic.auth.user.info": "geheim"}, "there.basic.auth.user.info: *** is not user:password"),
        ({"bearer.auth.credentials.source": "CUSTOM"}, "there.bearer.auth.credentials.source: 'CUSTOM' is not one of"),
        (
            {"bearer.auth.credentials.source": "STATIC_TOKEN"},
            "there.bearer.auth.credentials.source: needs bearer.auth.logical.cluster too",
        ),
        ({"bearer.auth.token": "x"}, "there.bearer.auth.token: needs bearer.auth.credentials.source too"),
        (
            {**STATIC, "bearer.auth.scope": "x"},
            "there.bearer.auth.scope: means nothing where bearer.auth.credentials.source is STATIC_TOKEN",
        ),
        ({"timeoutt": 5}, "there.timeoutt: is not a key of the registry's client. Hint: did you mean 'timeout'?"),
    ],
)
def test_a_configuration_that_the_client_rejects_is_reported_at_its_key(conf, message):
    with pytest.raises(ModelError) as caught:
        check_registry_conf(redacted(conf), "there")
    assert str(caught.value).startswith(message)


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("value", [None, [], {}, b"x"])
def test_a_value_of_the_wrong_type_is_refused_for_every_key(key, value):
    with pytest.raises(ModelError, match=f"there.{key}: "):
        check_registry_conf({key: value}, "there")


@pytest.mark.parametrize("source", NEEDED_BY)
def test_the_installed_client_accepts_the_keys_of_each_token_source(source):
    names = (*NEEDED_BY[source], *TAKEN_BY[source])
    conf = {SOURCE: source, **{f"bearer.auth.{name}": "https://a" for name in names}}
    check_registry_conf(conf, "there")
    with SchemaRegistryClient({"url": "http://a", **conf}):
        pass


def test_programs_may_set_keys_with_functions():
    check_registry_conf({"bearer.auth.custom.provider.function": print}, "there", all_known=False)


def test_the_conf_of_a_program_is_displayed_without_the_password_in_a_url():
    with pytest.raises(ModelError) as caught:
        check_registry_conf({"proxy": "htp://ann:hunter2@p"}, "there")
    assert str(caught.value).startswith("there.proxy: 'htp://ann:***@p' is not a URL")
