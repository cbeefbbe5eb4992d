"""People, auctions and bids are in Nexmark's proportions, and its queries give results that follow from the records.

Statistical tests have significance 1 in 1,000 and a fixed seed.
"""

from collections import Counter, defaultdict
from datetime import UTC, datetime
from decimal import Decimal
from math import sqrt
from statistics import NormalDist, mean

import duckdb
import numpy as np
import pytest
from scipy import stats

from tests.gallery.test_truths import GENERATOR, rows

SIGNIFICANCE = 0.001
SIGMAS = NormalDist().inv_cdf(1 - SIGNIFICANCE / 2)
SECOND = 1000
START = 1_772_409_600 * SECOND
END = START + 1200 * SECOND
QUERIES = ["question.sql", "winning.sql", *(f"q{number}.sql" for number in range(1, 9))]


def columns(names, stream):
    """Columns of a stream, with timestamps in milliseconds since the epoch."""
    return GENERATOR["answer"]("nexmark", f"SELECT {names} FROM (SELECT * REPLACE (epoch_ms(ts) AS ts) FROM {stream})")[
        1
    ]


def answer(number):
    """The result of a query of Nexmark."""
    return [tuple(it.values()) for it in rows("nexmark", f"q{number}.sql")]


def moment(milliseconds):
    """A DuckDB timestamp without a zone, in UTC."""
    return datetime.fromtimestamp(milliseconds / SECOND, UTC).replace(tzinfo=None)


# -- proportions ------------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_there_are_nearly_3_auctions_and_46_bids_for_each_person():
    results = {it["stream"]: it["per_person"] for it in rows("nexmark", "question.sql")}
    assert 2.9 < results["auctions"] < 3.05
    assert 44 < results["bids"] < 46.5


@pytest.mark.parametrize(("hot", "each"), [(True, 225), (False, 75 / 99)], ids=["hot", "others"])
def test_auctions_per_seller_follow_the_share_of_hot_sellers(hot, each):
    registered = [ts for person, ts in columns("person, ts", "persons") if (person % 100 == 50) == hot]
    expected = each * sum(min(1, (END - it) / (20 * SECOND)) for it in registered)
    opened = sum((it % 100 == 50) == hot for (it,) in columns("seller", "auctions"))
    tails = stats.poisson.cdf(opened, expected), stats.poisson.sf(opened - 1, expected)
    assert min(tails) > SIGNIFICANCE / 2


def test_an_auction_gets_46_thirds_bids_on_average_and_one_of_ten_half_of_all():
    spans = columns("ts, epoch_ms(expires)", "auctions")
    open_for = [min(1, (END - ts) / (expires - ts)) for ts, expires in spans]
    of_hot, of_others = 5 * 46 / 3, 5 / 9 * 46 / 3
    spread = 0.3 * (of_hot - of_others)  # binomial, with probability 0.1
    expected = 46 / 3 * sum(open_for)
    variance = expected + sum((spread * it) ** 2 for it in open_for)
    assert abs(len(columns("auction", "bids")) - expected) < SIGMAS * sqrt(variance)
    counts = sorted(Counter(it for (it,) in columns("auction", "bids")).values())
    assert sum(counts[-len(spans) // 10 :]) / sum(counts) == pytest.approx(0.5, abs=0.03)


def test_three_quarters_of_the_bids_are_those_of_hot_bidders():
    bidders = [bidder for bidder, ts in columns("bidder, ts", "bids") if ts > START + 60 * SECOND]
    hot = sum(it % 100 == 0 for it in bidders)
    assert stats.binomtest(hot, len(bidders), 0.75 + 0.25 / 100).pvalue > SIGNIFICANCE


def test_auctions_have_unique_numbers_and_rising_bids_while_they_are_open():
    auctions = columns("auction, ts, epoch_ms(expires), initial_bid", "auctions")
    spans = {it: (begins, expires) for it, begins, expires, _ in auctions}
    prices = {it: price for it, _, _, price in auctions}
    assert len(spans) == len(auctions)
    for auction, ts, price in columns("auction, ts, price", "bids"):
        begins, expires = spans[auction]
        assert begins < ts < expires
        assert price > prices[auction]
        prices[auction] = price


# -- queries ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", QUERIES)
def test_answers_do_not_depend_on_the_order_of_records(name):
    query = (GENERATOR["FOLDER"] / "nexmark" / name).read_text()
    records = GENERATOR["records"]("nexmark")
    backwards = {stream: it.take(np.arange(len(it))[::-1]) for stream, it in records.items()}
    assert results(query, backwards) == results(query, records)


def results(query, records):
    with duckdb.connect() as database:
        for stream, each in records.items():
            database.register(stream, each)
        return database.sql(query).to_arrow_table()


def sales():
    """The price of each sold auction by number, in order of expiry."""
    last = max(ts for (ts,) in columns("ts", "bids"))
    return {auction: price for ts, auction, price in sorted(columns("ts, auction, price", "sales")) if ts <= last}


def test_the_winning_bids_equal_the_sales():
    (results,) = rows("nexmark", "winning.sql")
    assert results["found"] == results["in_the_model"] == len(sales()) > 10_000
    assert results["different"] == 0


def test_query_1_converts_each_bid():
    query = (GENERATOR["FOLDER"] / "nexmark" / "q1.sql").read_text()
    prices = [price for (price,) in columns("price", "bids")]
    expected = len(prices), sum(prices) * Decimal("0.908")
    assert GENERATOR["answer"]("nexmark", f"SELECT count(*), sum(price) FROM ({query})")[1] == [expected]


def test_query_2_selects_the_bids_for_some_auctions():
    bids = columns("auction, price", "bids")
    assert answer(2) == sorted(it for it in bids if it[0] % 123 == 0) != []


def test_query_3_finds_the_sellers_in_three_states():
    near = {it[0]: it[1:] for it in columns("person, name, city, state", "persons") if it[3] in {"OR", "ID", "CA"}}
    expected = [
        (*near[seller], auction)
        for auction, seller, category in sorted(columns("auction, seller, category", "auctions"))
        if category == 10 and seller in near
    ]
    assert answer(3) == expected != []


def test_query_4_averages_what_was_paid_in_each_category():
    category = dict(columns("auction, category", "auctions"))
    paid = defaultdict(list)
    for auction, price in sales().items():
        paid[category[auction]].append(price)
    assert answer(4) == [(it, pytest.approx(mean(paid[it]), abs=0.01)) for it in range(10, 15)]


def test_query_5_finds_the_auctions_with_most_bids_in_each_window():
    counts = defaultdict(Counter)
    for ts, auction in columns("ts, auction", "bids"):
        for back in range(5):
            counts[ts // 2000 * 2000 - back * 2000][auction] += 1
    most = {begins: max(each.values()) for begins, each in counts.items()}
    assert answer(5) == [
        (moment(begins), auction, bids)
        for begins in sorted(counts)
        for auction, bids in sorted(counts[begins].items())
        if bids == most[begins]
    ]


def test_query_6_averages_the_last_ten_sales_of_each_seller():
    paid = defaultdict(list)
    for auction, price in sales().items():
        paid[auction // 1000].append((auction, price))
    assert answer(6) == [
        (seller, auction, pytest.approx(mean(price for _, price in each[max(0, number - 9) : number + 1]), abs=0.01))
        for seller, each in sorted(paid.items())
        for number, (auction, _) in enumerate(each)
    ]


def test_query_7_finds_the_highest_bid_in_each_window():
    highest = defaultdict(int)
    bids = columns("10_000 * (ts // 10_000), auction, bidder, price", "bids")
    for begins, _, _, price in bids:
        highest[begins] = max(highest[begins], price)
    expected = sorted((moment(it[0]), *it[1:]) for it in bids if it[3] == highest[it[0]])
    assert answer(7) == expected
    assert len(highest) == 120


def test_query_8_finds_people_who_open_an_auction_soon_after_registering():
    opened = Counter((seller, ts // 10_000) for seller, ts in columns("seller, ts", "auctions"))
    assert answer(8) == [
        (person, name, moment(ts // 10_000 * 10_000), opened[person, ts // 10_000])
        for person, name, ts in sorted(columns("person, name, ts", "persons"))
        if opened[person, ts // 10_000]
    ]
