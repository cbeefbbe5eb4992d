"""The command ``doge``: ``main`` is its entry point, and each subcommand has a file of its own.

doge: the command group and its subcommands, which it imports when they are used.
demo, new, check, preview, graph, run, schema: the subcommands.
options: arguments and options that several subcommands share.
loading: reads the model file once, builds the model that a subcommand works on, and locates errors in the file.
target_checks: checks a model's targets before anything is opened.
run_plan: resolves the options of ``doge run`` to a plan.
execute: runs a plan with progress, metrics and signal handling.
progress: the progress bar, or progress lines where there is no terminal.
summary: what ``doge run`` prints and reports at its end.
starter.yaml: the model that ``doge new`` writes by default.
printing: prints tables and text on a terminal or to a pipe.
errors: prints errors and warnings as lines, and chooses exit codes.
"""

from doge_datagen.cli.doge import main

__all__ = ["main"]
