import pytest

from doge_datagen import Model
from doge_datagen.gallery.shipped import shipped
from tests.cli.doge import doge

pytestmark = pytest.mark.usefixtures("folder")


def test_a_new_model_can_be_run_and_has_records_in_each_stream(folder):
    assert doge("new", "shop").exit_code == 0
    assert doge("check", "shop.yaml").exit_code == 0
    done = doge("run", "shop.yaml", "--seed", 1)
    assert done.exit_code == 0, done.output
    assert (folder / "out" / "visits.csv").is_file()
    assert (folder / "out" / "orders.parquet").is_file()


def test_a_new_model_has_no_warnings():
    doge("new", "shop")
    assert "warning" not in doge("check", "shop.yaml").stdout


def test_a_new_model_has_the_given_name(folder):
    doge("new", "models/tea-house.yaml")
    assert Model.load(folder / "models" / "tea-house.yaml").name == "tea-house"


def test_the_first_target_needs_only_the_core_packages(folder):
    doge("new", "shop")
    targets = Model.load("shop.yaml").targets
    assert next(iter(targets)) == "local"
    assert {destination.at.rpartition(".")[2] for destination in targets["local"].values()} <= {"csv", "parquet"}


def test_every_part_has_a_comment():
    parts = shipped()["cafe"].text.split("\n\n")
    assert all("#" in part.splitlines()[0] for part in parts)


def test_an_existing_file_is_not_overwritten(folder):
    done = doge("new", "lamp")
    assert done.exit_code == 2
    assert "lamp.yaml already exists" in done.stderr
    assert Model.load("lamp.yaml").name == "lamp"


@pytest.mark.parametrize("name", ["7", "a b", "a;b", "", ".yaml"])
def test_a_name_that_would_need_quotes_is_refused(name):
    assert doge("new", name).exit_code == 2


def test_the_suggested_commands_are_safe_for_a_shell():
    assert "doge check 'my models/shop.yaml'" in doge("new", "my models/shop").stdout


def test_the_models_are_listed_with_a_line_each():
    lines = doge("new", "--list").stdout.splitlines()
    assert [line.split()[0] for line in lines] == [*shipped()]
    assert all(len(line) <= 80 for line in lines)


@pytest.mark.parametrize("name", shipped())
def test_any_of_them_can_be_copied_under_another_name(name, folder):
    assert doge("new", "mine", "--from", name).exit_code == 0
    assert Model.load(folder / "mine.yaml").name == "mine"


def test_an_unknown_model_has_a_hint():
    done = doge("new", "mine", "--from", "sesions")
    assert done.exit_code == 2
    assert "there is no model 'sesions'. Hint: did you mean 'sessions'?" in done.stderr
