"""What the pages of shipped models state is true of their records.

Statistical tests have significance 1 % and a fixed seed.
"""

import runpy
from collections import Counter
from functools import cache
from importlib.resources import as_file
from itertools import groupby, pairwise
from math import exp

import numpy as np
import pytest
from scipy import stats

from doge_datagen import Model
from doge_datagen.gallery.shipped import FOLDERS, shipped
from tests.docs.pages import ROOT

GENERATOR = runpy.run_path(str(ROOT / "docs" / "generate_gallery.py"))
SIGNIFICANCE = 0.01
SECOND, MINUTE, DAY = 1000, 60_000, 86_400_000
PLAIN = {"subjects.attributes.pace": "90 s", "subjects.attributes.absence": "1 d"}
"""Makes all users of the music site alike, so that the law of their waits can be tested."""
REDIRECTS = {"Submit Registration", "Submit Upgrade", "Submit Downgrade", "Login", "Logout", "Cancel", "Save Settings"}


def rows(name, query):
    columns, result = GENERATOR["answer"](name, (GENERATOR["FOLDER"] / name / query).read_text())
    return [dict(zip(columns, row, strict=True)) for row in result]


def is_likely(count, of, share):
    return stats.binomtest(int(count), int(of), share).pvalue > SIGNIFICANCE


def test_every_model_has_a_page_and_a_question():
    for name in FOLDERS:
        assert {it.name for it in GENERATOR["FOLDER"].joinpath(name).iterdir()} >= {
            "README.md", "model.yaml", "question.sql"
        }  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("path", GENERATOR["PAGES"], ids=lambda it: it.parent.name)
def test_its_page_has_its_state_machine_and_the_answers_of_its_queries(path):
    assert path.read_text() == GENERATOR["page"](path), "run: python docs/generate_gallery.py"


def test_a_gap_of_thirty_minutes_identifies_exactly_the_sessions():
    (actual,) = rows("sessions", "question.sql")
    assert actual["found"] == actual["in_the_model"] > 3000
    assert actual["clicks_that_differ"] == 0


@pytest.mark.parametrize(("variant", "share"), [("A", 0.30), ("B", 0.36)])
def test_the_conversion_of_a_variant_is_that_of_the_model(variant, share):
    (actual,) = (it for it in rows("funnel", "question.sql") if it["variant"] == variant)
    assert is_likely(actual["signed_up"], actual["opened_the_form"], share)
    assert is_likely(actual["opened_the_form"], actual["visitors"], 0.4)


@pytest.mark.parametrize(("key", "weeks"), [("after_1_week", 1), ("after_2_weeks", 2), ("after_4_weeks", 4)])
def test_the_retention_of_all_cohorts_is_that_of_the_model(key, weeks):
    cohorts = rows("funnel", "retention.sql")
    assert [it["week"] for it in cohorts] == [*range(1, 8)]
    kept = sum(round(it["members"] * it[key] / 100) for it in cohorts)
    assert is_likely(kept, sum(it["members"] for it in cohorts), exp(-0.1 * weeks))


TASTES = ["books", "films", "games", "garden", "kitchen", "music", "sports", "tools", "toys"]


def test_recommendations_from_common_purchases_match_tastes():
    actual = rows("recommend", "question.sql")
    assert [it["taste"] for it in actual] == TASTES
    assert all(it["recommended"] > 70 > 3 * it["sold"] for it in actual)


def test_users_rate_products_of_their_taste_one_star_higher():
    liked, others = rows("recommend", "tastes.sql")
    assert liked["of_taste"]
    assert 0.8 < liked["stars"] - others["stars"] < 1.1  # clipping at 1 and 5 stars makes it a bit less than 1


def test_clicks_within_ten_minutes_distinguish_people_bots_and_stray_requests():
    actual = {it["kind"]: it for it in rows("bots", "question.sql")}
    assert [actual[it]["users"] > 5 for it in ("person", "bot", "stray")] == [True] * 3
    for kind, column in (("person", "seem_people"), ("bot", "seem_bots"), ("stray", "seem_stray")):
        assert actual[kind][column] == actual[kind]["users"]


def test_payments_minus_refunds_equal_the_cost_of_orders():
    actual = {it["latest"]: it for it in rows("orders", "question.sql")}
    assert actual.keys() == {"cancel", "deliver", "pack", "pay", "return", "ship"}
    assert not any(it["wrong"] for it in actual.values())
    assert actual["return"]["refunded"] > 0 == actual["cancel"]["captured"]


def test_orders_of_one_to_four_lines_are_the_sums_of_their_lines():
    actual = rows("orders", "lines.sql")
    assert [it["lines"] for it in actual] == [1, 2, 3, 4]
    assert all(it["orders"] > 500 and it["wrong"] == 0 for it in actual)
    assert sum(it["orders"] * it["lines"] for it in actual) == GENERATOR["records"]("orders")["order_lines"].num_rows


def test_the_value_of_a_return_is_that_of_the_returned_items():
    query = """
        SELECT count(*) FILTER (r.items BETWEEN 1 AND l.quantity AND r.amount = r.items * l.price), count(*)
        FROM returns r LEFT JOIN order_lines l USING ("order", line)
    """
    ((right, returns),) = GENERATOR["answer"]("orders", query)[1]
    assert right == returns > 100


def test_the_share_of_orders_paid_at_the_first_attempt_is_that_of_the_model():
    actual = rows("orders", "attempts.sql")
    total = sum(it["orders"] for it in actual)
    assert is_likely(actual[0]["orders"], total, 0.88)
    assert all(is_likely(it["orders"], total, 0.04) for it in actual[1:])


def test_an_order_is_delivered_once_all_its_parcels_are():
    query = """
        SELECT count(*) FROM orders o WHERE event = 'deliver' AND if(items < 4, 1, 2) <> (
            SELECT count(*) FROM shipments s WHERE s."order" = o."order" AND s.event = 'deliver' AND s.ts < o.ts
        )
    """
    assert GENERATOR["answer"]("orders", query)[1] == [(0,)]


def test_bursts_distinguish_fraud_from_honest_payments_better_than_amounts():
    burst, unusual, either = rows("fraud", "question.sql")
    assert burst["precision"] > 75
    assert unusual["precision"] < 50
    assert either["recall"] > burst["recall"] > 60 > unusual["recall"]


@pytest.mark.parametrize("days", [7, 30, 60])
def test_the_share_of_known_frauds_follows_the_delay_of_chargebacks(days):
    (actual,) = (it for it in rows("fraud", "labels.sql") if it["days"] == days)
    share = 0.9 * stats.lognorm(s=0.5, scale=20).cdf(days)
    assert is_likely(actual["known"], actual["frauds"], share)


@pytest.mark.parametrize(
    ("stream", "of", "key", "wrong"),
    [
        ("cards", "customers", "customer", "o.ts <> r.ts"),
        ("payments", "cards", "card", "o.ts >= r.ts"),
        ("payments", "merchants", "merchant", "r.ts < TIMESTAMPTZ '2026-03-02 00:00:00+00'"),
        ("frauds", "payments", "payment", "o.ts <> r.ts"),
        ("chargebacks", "frauds", "payment", "o.ts >= r.ts"),
        ("chargebacks", "payments", "payment", "o.ts >= r.ts OR o.amount <> r.amount OR o.card <> r.card"),
    ],
)
def test_each_card_has_a_customer_each_payment_a_card_and_each_chargeback_a_payment_of_its_amount(
    stream, of, key, wrong
):
    query = f"SELECT count(*) FROM {stream} r LEFT JOIN {of} o USING ({key}) WHERE o.{key} IS NULL OR {wrong}"
    assert GENERATOR["answer"]("fraud", query)[1] == [(0,)]
    assert GENERATOR["records"]("fraud")[stream].num_rows > 500


def test_a_customer_holds_one_to_three_cards():
    query = """
        SELECT cards, count(*), count(*) FILTER (cards = held)
        FROM customers JOIN (SELECT customer, count(*) AS held FROM cards GROUP BY customer) USING (customer)
        GROUP BY cards ORDER BY cards
    """
    cards, customers, right = zip(*GENERATOR["answer"]("fraud", query)[1], strict=True)
    assert (cards, customers) == ((1, 2, 3), right)
    assert stats.chisquare(customers, sum(customers) * np.array([0.6, 0.3, 0.1])).pvalue > SIGNIFICANCE


def test_numbers_of_payments_and_chargebacks_are_unique():
    for stream, key in (("payments", "payment"), ("frauds", "payment"), ("chargebacks", "payment")):
        query = f"SELECT count(*) - count(DISTINCT {key}) FROM {stream}"
        assert GENERATOR["answer"]("fraud", query)[1] == [(0,)]


def test_a_join_as_of_the_decision_gives_the_values_that_the_model_used_and_latest_values_do_not():
    then, newest = rows("features", "question.sql")
    assert then["decisions"] == newest["decisions"] == GENERATOR["records"]("features")["decisions"].num_rows > 5000
    for wrong in ("wrong_city", "wrong_member", "wrong_pages", "wrong_total"):
        assert then[wrong] == 0
        assert newest[wrong] > newest["decisions"] / 10


def chance_of_an_order(indecision=10, view=40):
    """The probability that a session ends in an order, whose weight is the number of viewed pages."""
    chance, goes_on = 0.0, 1.0
    for pages in range(1, 1000):
        total = pages + indecision + view
        chance += goes_on * pages / total
        goes_on *= view / total
    return chance


def test_members_order_as_often_as_others_and_only_latest_values_suggest_otherwise():
    member, other = (it for it in rows("features", "leaks.sql") if it["feature"] == "member")
    for each in (member, other):
        ordered = round(each["decisions"] * each["ordered_by_value_at_the_decision"] / 100)
        assert is_likely(ordered, each["decisions"], chance_of_an_order())
    assert member["ordered_by_newest_value"] > 1.5 * other["ordered_by_newest_value"]


def test_the_probability_of_an_order_follows_the_pages_of_its_session():
    query = (
        "SELECT least(pages, 12) AS n, count(*), sum(ordered::INT), sum(pages / (pages + 10)) FROM decisions GROUP BY n"
    )
    actual = np.array(GENERATOR["answer"]("features", query)[1], dtype=float)
    _, decisions, ordered, expected = actual.T
    deviations = (ordered - expected) ** 2 * (1 / expected + 1 / (decisions - expected))
    assert stats.chi2(len(actual)).sf(deviations.sum()) > SIGNIFICANCE


@pytest.mark.parametrize(
    "wrong",
    [
        "FROM (SELECT pages - row_number() OVER (PARTITION BY user, session ORDER BY ts) AS d FROM pages) WHERE d <> 0",
        "FROM (SELECT total - row_number() OVER (PARTITION BY user ORDER BY ts) AS d FROM pages) WHERE d <> 0",
        "FROM decisions d FULL JOIN orders o USING (user, ts) WHERE d.ordered IS DISTINCT FROM (o.amount IS NOT NULL)",
    ],
    ids=["pages of a session", "pages in total", "orders"],
)
def test_pages_are_counted_by_session_and_in_total_and_each_order_is_a_decision(wrong):
    assert GENERATOR["answer"]("features", f"SELECT count(*) {wrong}")[1] == [(0,)]


@cache
def pages():
    """The events of each user of the music site: (milliseconds, session, page, length, state) in order."""
    with as_file(shipped()["music"].file) as path:
        one = Model.load(path, PLAIN | {"rhythms.daily": "{normalize: false}"})
    table = one.resized(subjects=150).table("events", seed=7, engine="interpreted")
    result = table.to_pylist()
    result.sort(key=lambda row: (row["session"] // 100_000, row["ts"]))
    return [list(each) for _, each in groupby(result, lambda row: row["session"] // 100_000)]


def moments(before, after):
    return round((after["ts"] - before["ts"]).total_seconds() * 1000)


def within():
    return [(one, two) for user in pages() for one, two in pairwise(user) if one["session"] == two["session"]]


@pytest.mark.slow
def test_the_time_between_two_pages_is_log_normal():
    gaps, playing = [], 0
    for user in pages():
        playing = 0
        for one, two in pairwise(user):
            now = one["ts"].timestamp() * 1000
            playing = now + one["length"] * 1000 if one["page"] == "NextSong" else playing
            waits = two["page"] in REDIRECTS or (two["page"] == "NextSong" and playing > now)
            if one["session"] == two["session"] and not waits:
                gaps.append(moments(one, two))
    assert len(gaps) > 2000
    assert stats.kstest(gaps, stats.lognorm(s=1, scale=90 * SECOND).cdf).pvalue > SIGNIFICANCE


def test_a_song_follows_when_the_previous_one_has_ended():
    songs = [(one, two) for one, two in within() if one["page"] == two["page"] == "NextSong"]
    assert len(songs) > 2000
    assert all(moments(one, two) == round(one["length"] * 1000) for one, two in songs)


def test_a_redirect_follows_after_a_second():
    assert {moments(one, two) for one, two in within() if two["page"] in REDIRECTS} == {SECOND}


def test_the_time_between_sessions_is_thirty_minutes_plus_an_exponential_time():
    gaps = []
    for user in pages():
        between = [moments(one, two) for one, two in pairwise(user) if one["session"] != two["session"]]
        gaps += between[:5]  # later ones are excluded, as long ones would end after the run
    assert min(gaps) > 30 * MINUTE
    assert stats.kstest(np.array(gaps) - 30 * MINUTE, stats.expon(scale=DAY).cdf).pvalue > SIGNIFICANCE


def test_the_order_of_pages_follows_the_weights_of_the_matrix():
    expected = {"NextSong": 0.5, "Upgrade": 0.01, "Logout": 0.02, "Home": 0.02, "end": 0.437}
    counts = Counter()
    for user in pages():
        for one, two in pairwise(user):
            if (one["page"], one["auth"], one["level"]) == ("NextSong", "Logged In", "free"):
                counts[two["page"] if one["session"] == two["session"] else "end"] += 1
    total = counts.total()
    assert total > 1000
    assert all(is_likely(counts[page], total, share) for page, share in expected.items()), counts


def test_the_music_site_has_the_states_and_transitions_of_the_example():
    with as_file(shipped()["music"].file) as path:
        population = Model.load(path).spec.population
    pages_ = {it.source for it in population.transitions if it.in_matrix}
    cells = [it for it in population.transitions if it.in_matrix and it.target in pages_]
    assert (len(pages_), len(cells)) == (40, 196)
    sums = Counter()
    for it in population.transitions:
        sums[it.source] += it.weight if it.in_matrix else 0
    assert all(sums[page] == pytest.approx(1) for page in pages_)
