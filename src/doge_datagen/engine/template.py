"""Texts of code with parts to be filled in."""

from __future__ import annotations

from collections.abc import Sequence


def filled(template: str, **parts: str | Sequence[str]) -> str:
    """The template with its parts; a part of several lines keeps the indent of its place."""
    lines = []
    for line in template.splitlines():
        bare = line.strip()
        if bare.startswith("{") and bare[1:-1] in parts:
            indent = line[: len(line) - len(line.lstrip())]
            given = parts[bare[1:-1]]
            lines += [indent + it for it in (given.splitlines() if isinstance(given, str) else given)]
        else:
            lines.append(line)
    text = "\n".join(lines) + "\n"
    for name, given in parts.items():
        text = text.replace(f"{{{name}}}", given if isinstance(given, str) else "")
    return text
