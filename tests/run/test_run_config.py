from typing import get_type_hints

from doge_datagen.run.run_config import RunConfig, RunOptions


def test_the_keyword_arguments_of_a_run_are_its_options_but_the_seed():
    options = get_type_hints(RunConfig)
    del options["seed"]
    assert get_type_hints(RunOptions) == options
