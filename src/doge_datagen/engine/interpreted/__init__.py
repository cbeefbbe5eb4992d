"""The interpreted engine: subjects walked one event at a time by CPython."""
