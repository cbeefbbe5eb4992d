"""Generate the tables of docs/reference/sinks.md from what the kinds of sinks take: python docs/generate_sinks.py."""

import re
from pathlib import Path

from doge_datagen.sinks.options import TYPES
from doge_datagen.sinks.registry import find_kind
from doge_datagen.sinks.sink_kind import Option, SinkKind

PAGE = Path(__file__).parent / "reference" / "sinks.md"
GENERATED = re.compile(r"(?P<begin><!-- options: (?P<kind>\w+) -->\n).*?(?P<end><!-- end of options -->\n)", re.DOTALL)


def page(text: str) -> str:
    """Return the page with its tables generated anew; the text between them is kept."""
    return GENERATED.sub(lambda found: found["begin"] + described(find_kind(found["kind"])) + found["end"], text)


def described(kind: SinkKind) -> str:
    """Describe the key and the options of a sink type."""
    head = f"\n`{kind.name}:` {kind.meaning}.\n\n"
    if not kind.options:
        return f"{head}It has no options.\n\n"
    rows = [f"| `{name}` | {values(option)} | {option.meaning} |\n" for name, option in kind.options.items()]
    return f"{head}| option | value | what it is |\n|---|---|---|\n{''.join(rows)}\n"


def values(option: Option) -> str:
    """Describe what the value of an option may be."""
    choices = ", ".join(f"`{choice}`" for choice in option.choices)
    return (choices or TYPES[option.kind][1]) + (" (required)" if option.required else "")


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text()))
