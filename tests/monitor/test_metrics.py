import builtins
import http.client
import logging
import socket
import struct
import subprocess
import sys
import threading
from urllib.error import URLError
from urllib.parse import urlsplit
from urllib.request import urlopen

import pytest
from prometheus_client import REGISTRY
from prometheus_client.parser import text_string_to_metric_families

from doge_datagen.errors import MissingDriverError, ModelError
from doge_datagen.model.clock import ENDLESS
from doge_datagen.monitor import metrics as endpoint_module
from doge_datagen.monitor.metrics import metrics
from doge_datagen.run.reporting.report import Progress
from tests.monitor.moments import halfway


def scraped(url):
    """The values that Prometheus would scrape, by name and labels."""
    with urlopen(url, timeout=10) as answer:
        families = list(text_string_to_metric_families(answer.read().decode()))
    return {
        (sample.name, *sorted(sample.labels.items())): sample.value for family in families for sample in family.samples
    }


def metrics_of(*progress, **about):
    with metrics(":0", **{"model": "bank", "now": lambda: 1.5e9, **about}) as endpoint:
        for each in progress:
            endpoint(each)
        return scraped(endpoint.url)


def test_a_scrape_has_all_known_values():
    assert metrics_of(halfway(), seed=7, run_id="night") == {
        ("doge_run_info", ("model", "bank"), ("run_id", "night"), ("seed", "7")): 1,
        ("doge_run_start_time_seconds",): 1.5e9,
        ("doge_ticks_done_total",): 12_345,
        ("doge_ticks_planned",): 100_000,
        ("doge_event_timestamp_seconds",): 1644580800,
        ("doge_lag_seconds",): 0.25,
        ("doge_events_total",): 617_250,
        ("doge_records_generated_total", ("stream", "clicks")): 1_234_567,
        ("doge_records_generated_total", ("stream", "trx")): 12_345,
        ("doge_records_confirmed_total", ("stream", "clicks")): 1_230_000,
        ("doge_records_confirmed_total", ("stream", "trx")): 12_000,
        ("doge_position_ticks", ("stream", "clicks")): 12_000,
        ("doge_position_ticks", ("stream", "trx")): 11_000,
        ("doge_subjects", ("state", "offline")): 750,
        ("doge_subjects", ("state", "online")): 240,
        ("doge_subjects", ("state", "shopping")): 10,
        ("doge_retries_total", ("kind", "UnreachableError")): 3,
        ("doge_errors_total", ("kind", "UnreachableError")): 3,
        ("doge_errors_total", ("kind", "RefusedError")): 1,
    }


def test_unknown_metrics_have_no_value():
    assert metrics_of(seed=None) == {
        ("doge_run_info", ("model", "bank"), ("run_id", ""), ("seed", "")): 1,
        ("doge_run_start_time_seconds",): 1.5e9,
        ("doge_ticks_done_total",): 0,
        ("doge_events_total",): 0,
    }


def test_a_lag_of_zero_is_reported():
    assert metrics_of(halfway(lag=0.0))[("doge_lag_seconds",)] == 0


def test_an_unlimited_run_has_no_number_of_ticks():
    assert ("doge_ticks_planned",) not in metrics_of(halfway(ticks=ENDLESS))


def test_counters_have_the_last_reported_values():
    read = metrics_of(halfway(), halfway(events=617_251, records={"trx": 1}))
    assert read[("doge_events_total",)] == 617_251
    assert read[("doge_records_generated_total", ("stream", "trx"))] == 1
    assert ("doge_records_generated_total", ("stream", "clicks")) not in read


def test_a_large_seed_keeps_its_digits():
    assert ("doge_run_info", ("model", "bank"), ("run_id", ""), ("seed", str(2**64 - 1))) in metrics_of(seed=2**64 - 1)


@pytest.mark.parametrize("name", ['say "no"', "back\\slash", "two\nlines", "\\n", "żółw 🐢", "a,b={c}", "x\x1b[2J"])
def test_any_name_is_a_label(name):
    read = metrics_of(Progress(1, 2, 3, subjects={name: 4}), model=name)
    assert read[("doge_subjects", ("state", name))] == 4
    assert ("doge_run_info", ("model", name), ("run_id", ""), ("seed", "")) in read


def test_a_seed_chosen_by_the_run_is_a_label_once_it_is_reported():
    assert ("doge_run_info", ("model", "bank"), ("run_id", ""), ("seed", "7")) in metrics_of(Progress(1, 2, 3, seed=7))


def test_a_lone_surrogate_in_a_name_does_no_harm():
    assert metrics_of(Progress(1, 2, 3, subjects={"\ud800": 4}))[("doge_subjects", ("state", "\\ud800"))] == 4


def test_a_client_may_request_some_metrics():
    with metrics(":0", model="bank") as endpoint:
        endpoint(halfway())
        assert scraped(f"{endpoint.url}?name[]=doge_events_total") == {("doge_events_total",): 617_250}


def test_the_global_registry_is_not_used():
    before = [family.name for family in REGISTRY.collect()]
    with metrics(":0", model="bank") as endpoint:
        assert [family.name for family in REGISTRY.collect()] == before
        assert {name for name, *_ in scraped(endpoint.url) if not name.startswith("doge_")} == set()


def test_concurrent_scrapes_during_a_run():
    problems = []

    def read(url):
        for _ in range(5):
            values = scraped(url)
            if values[("doge_events_total",)] != values[("doge_records_generated_total", ("stream", "trx"))]:
                problems.append(values)

    with metrics(":0", model="bank") as endpoint:
        endpoint(Progress(1, 2, 1, {"trx": 1}))
        readers = [threading.Thread(target=read, args=(endpoint.url,)) for _ in range(3)]
        for reader in readers:
            reader.start()
        number = 1
        while any(reader.is_alive() for reader in readers):
            number += 1
            endpoint(Progress(1, 2, number, {"trx": number}))
        for reader in readers:
            reader.join()
    assert problems == []


@pytest.mark.parametrize("address", ["0", ":0"])
def test_a_port_without_a_host_listens_on_localhost_only(address):
    with metrics(address, model="bank") as endpoint:
        assert urlsplit(endpoint.url).hostname == "127.0.0.1"
        assert urlsplit(endpoint.url).port > 0


def test_a_host_is_found_by_its_name():
    with metrics("localhost:0", model="bank") as endpoint:
        assert scraped(endpoint.url)


def loopbacks():
    """The loopback addresses of this computer, which may lack IPv6."""
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        return ["127.0.0.1"]
    return ["127.0.0.1", "[::1]"]


@pytest.mark.parametrize("host", loopbacks())
def test_each_kind_of_address_is_served(host):
    with metrics(f"{host}:0", model="bank") as endpoint:
        assert endpoint.url.startswith(f"http://{host}:")
        assert scraped(endpoint.url)


def test_the_requested_port_is_used():
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with metrics(f":{port}", model="bank") as endpoint:
        assert endpoint.url == f"http://127.0.0.1:{port}/metrics"


def test_a_port_in_use_is_an_error_with_a_remedy():
    with metrics(":0", model="first") as endpoint:
        port = urlsplit(endpoint.url).port
        with pytest.raises(ModelError) as raised, metrics(f":{port}", model="second"):
            pass
    assert str(raised.value) == (
        f"metrics: 127.0.0.1:{port} is in use. Hint: give another port, or port 0 for any that is free"
    )


def test_an_address_of_another_computer_is_an_error():
    with pytest.raises(ModelError, match=r"metrics: 192\.0\.2\.1:9400 is not an address of this computer"):
        metrics("192.0.2.1:9400", model="bank").__enter__()


def test_an_impossible_host_is_an_error():
    name = "a" * 70
    with pytest.raises(ModelError, match=f"metrics: the host '{name}' is unknown"):
        metrics(f"{name}:9400", model="bank").__enter__()


def test_the_endpoint_is_closed_after_the_run():
    before = threading.active_count()
    with metrics(":0", model="bank") as endpoint:
        scraped(endpoint.url)
    with pytest.raises(URLError):
        urlopen(endpoint.url, timeout=10)
    assert threading.active_count() == before


def test_the_endpoint_is_closed_after_a_failed_run():
    with pytest.raises(ZeroDivisionError), metrics(":0", model="bank") as endpoint:
        1 / 0  # noqa: B018
    with pytest.raises(URLError):
        urlopen(endpoint.url, timeout=10)


def test_the_same_port_can_be_used_again():
    with metrics(":0", model="first") as endpoint:
        scraped(endpoint.url)
    with metrics(str(urlsplit(endpoint.url).port), model="second") as again:
        assert again.url == endpoint.url


def test_a_silent_client_does_not_block_others(capfd):
    with metrics(":0", model="bank") as endpoint:
        at = urlsplit(endpoint.url)
        with socket.create_connection((at.hostname, at.port)):
            assert scraped(endpoint.url)
    assert capfd.readouterr() == ("", "")


def test_scrapes_and_invalid_requests_print_nothing(capfd):
    with metrics(":0", model="bank") as endpoint:
        scraped(endpoint.url)
        at = urlsplit(endpoint.url)
        connection = http.client.HTTPConnection(at.hostname, at.port, timeout=10)
        connection.request("POST", "/metrics", b"x")
        assert connection.getresponse().status == 405
        connection.close()
    assert capfd.readouterr() == ("", "")


class LogSignal(logging.Handler):
    """Signals when a message has been logged."""

    def __init__(self):
        super().__init__()
        self.something = threading.Event()

    def emit(self, record):
        self.something.set()


def test_a_client_that_disconnects_prints_nothing(capfd, monkeypatch):
    heard = LogSignal()
    monkeypatch.setattr(endpoint_module.log, "level", logging.DEBUG)
    monkeypatch.setattr(endpoint_module.log, "handlers", [heard])
    with metrics(":0", model="bank") as endpoint:
        at = urlsplit(endpoint.url)
        with socket.create_connection((at.hostname, at.port)) as reader:
            reader.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            reader.sendall(b"GET ")
        assert heard.something.wait(20)
    assert capfd.readouterr() == ("", "")


def test_the_missing_package_is_reported_with_its_extra(monkeypatch):
    real = builtins.__import__

    def without(name, *rest):
        if name.startswith("prometheus_client"):
            raise ImportError(name)
        return real(name, *rest)

    monkeypatch.delitem(sys.modules, "doge_datagen.monitor.metric_families", raising=False)
    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(MissingDriverError, match=r"pip install 'doge-datagen\[metrics\]'"):
        metrics(":0", model="bank").__enter__()


def test_the_package_is_loaded_only_if_metrics_are_served():
    program = "import doge_datagen.monitor.metrics, sys; print('prometheus_client' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
