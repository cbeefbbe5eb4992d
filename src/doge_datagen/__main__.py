"""The command, as ``python -m doge_datagen``."""

from doge_datagen.cli import main

main()
