"""Hints for what people write out of habit, from Python and other languages."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from keyword import iskeyword

NAMES: Mapping[str, str] = {
    "true": "write True",
    "TRUE": "write True",
    "false": "write False",
    "FALSE": "write False",
    **dict.fromkeys(("null", "NULL", "nil", "undefined", "nan", "inf"), "there are no nulls: write a value such as 0"),
    **dict.fromkeys(("now", "time", "datetime", "date"), "write timestamp for the time of the event"),
    **dict.fromkeys(("self", "this", "subject", "user"), "write an attribute's name alone"),
    **dict.fromkeys(("yes", "on"), "write true, or quotes if it is a string"),
    **dict.fromkeys(("no", "off"), "write false, or quotes if it is a string"),
    "state": "write from_state or to_state",
    "pi": "write 3.141592653589793",
    "e": "write exp(1)",
}
"""Hints for unknown names."""

SHOWN = "to show a value, make it a field of a stream"
PARTS = "use year(timestamp), month, day, weekday, hour, minute or second"
MOMENT = "write timestamp('2024-05-06T12:00:00Z')"
CHANGED = "strings cannot be changed, only joined by + or an f-string"
CALLS: Mapping[str, str] = {
    "len": "strings and lists have no length here",
    **dict.fromkeys(("print", "log_event", "emit", "send", "yield_", "display"), SHOWN),
    **dict.fromkeys(("now", "time", "today", "current_timestamp", "NOW"), "write timestamp for the time of the event"),
    **dict.fromkeys(("upper", "lower", "strip", "replace", "substr", "split", "join", "repr", "title"), CHANGED),
    **dict.fromkeys(("format", "concat", "printf", "sprintf"), "write an f-string, such as f'{index:06d}'"),
    "pow": "write a ** b",
    "divmod": "write a // b and a % b",
    "sum": "write a + b",
    **dict.fromkeys(("avg", "mean"), "write (a + b) / 2"),
    **dict.fromkeys(("ifelse", "iff", "IF", "case", "where"), "write 'a' if condition else 'b'"),
    **dict.fromkeys(("coalesce", "isnull", "ifnull", "nvl"), "there are no nulls: write the value alone"),
    "range": "to draw from a range write randrange(start, stop)",
    **dict.fromkeys(("sample", "shuffle"), "to pick one of several values write choice([...])"),
    "betavariate": "write beta(alpha, beta)",
    "gammavariate": "write gamma(scale=..., shape=...)",
    "vonmisesvariate": "for an angle write gauss(mu, 0.5) % 6.283185307179586",
    **dict.fromkeys(
        ("binomial", "binomialvariate"), "for a number of hits write max(0, round(gauss(n * p, sqrt(n * p * (1 - p)))))"
    ),
    "geometric": "for a number of attempts write 1 + int(log(1 - random()) / log(1 - p))",
    **dict.fromkeys(
        ("dayofweek", "day_of_week", "isoweekday", "dow"), "write weekday(timestamp), which is 0 on Mondays"
    ),
    **dict.fromkeys(("dayofmonth", "day_of_month"), "write day(timestamp)"),
    "quarter": "write (month(timestamp) + 2) // 3",
    "week": "write (timestamp - timestamp('2024-01-01')) // (1 w)",
    **dict.fromkeys(("millisecond", "microsecond"), "write int(timestamp) % 1000"),
    **dict.fromkeys(("day_of_year", "dayofyear", "date"), PARTS),
    **dict.fromkeys(("date_trunc", "trunc", "start_of_day"), "write floor_to(timestamp, 1 d)"),
    **dict.fromkeys(("date_add", "dateadd", "add_years", "relativedelta"), "write add_months(timestamp, 12)"),
    **dict.fromkeys(("extract", "date_part", "datepart"), PARTS),
    **dict.fromkeys(("strftime", "isoformat", "to_char", "date_format"), "write f'{timestamp}', or one of its parts"),
    **dict.fromkeys(("datetime", "to_timestamp", "to_date", "strptime", "fromisoformat"), MOMENT),
    **dict.fromkeys(("timedelta", "interval", "make_interval"), "write a duration such as 8 h"),
    **dict.fromkeys(
        ("astimezone", "at_timezone", "tz_convert"),
        "write zone='Europe/Warsaw' in hour(...) and the like, or as zone of the model",
    ),
    "seed": "give the seed when the model is run",
    **dict.fromkeys(("uuid", "uuid4"), "write an f-string of unique values, such as f'{index}-{tick}'"),
    **dict.fromkeys(("isfinite", "isnan", "isinf"), "remove it: only sums and products of floats can overflow"),
}
"""Hints for unknown functions."""

LOOPS = "there are no loops: transitions repeat instead"
STATEMENTS: Mapping[type[ast.stmt], str] = {
    ast.Import: "no import is necessary: call functions by name, such as sqrt(x)",
    ast.ImportFrom: "no import is necessary: call functions by name, such as sqrt(x)",
    ast.For: LOOPS,
    ast.AsyncFor: LOOPS,
    ast.While: LOOPS,
    ast.AnnAssign: "remove the type: a name has the type of its first value",
    ast.Assert: "write require(...), which rejects the transition if the condition is false",
    ast.Raise: "write return False, which rejects the transition",
    ast.Try: "exceptions cannot be caught: test with if first",
    ast.Match: "write if, elif and else",
    ast.FunctionDef: "functions cannot be defined here: write its lines where they are called",
    ast.ClassDef: "classes cannot be defined here: give subjects attributes",
    ast.Delete: "nothing can be deleted: assign a value such as 0",
    ast.Global: "remove this line: attributes can be assigned without it",
    ast.Nonlocal: "remove this line: attributes can be assigned without it",
}

LISTS = "use lists only in choice(...), choices(...) and after in"
EXPRESSIONS: Mapping[type[ast.expr], str] = {
    ast.JoinedStr: "an f-string makes a string, which only fields, keys and headers can show",
    ast.NamedExpr: "assign the name on its own line",
    ast.Lambda: "functions cannot be defined here",
    ast.List: LISTS,
    ast.Tuple: LISTS,
    ast.Set: LISTS,
    ast.Dict: "there are no mappings: write 'a' if condition else 'b'",
    ast.Starred: "give the values one by one",
    **dict.fromkeys((ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp), LOOPS),
}

ONE_BY_ONE = "separate statements by ';', or write 'do: |' and each on a line of its own"
VAGUELY = "something is missing or out of place here"
SYNTAX: tuple[tuple[str, str], ...] = (
    (r"Maybe you meant '=='", "= assigns. Hint: write == to compare"),
    (r"^cannot assign to (?!literal)", "= assigns to one name. Hint: write == to compare"),
    (r"^expected ':'", "a colon is missing. Hint: write if ...:, elif ...: or else:"),
    (r"^expected an indented block", "an indented block is missing. Hint: indent its lines by 4 spaces"),
    (r"^unexpected indent", "it is indented. Hint: align it with the line above"),
    (r"^unindent does not match", "its indentation matches no block. Hint: align it with the lines of its block"),
    (r"^inconsistent use of tabs", "tabs and spaces are mixed. Hint: indent with spaces only"),
    (r"^(.*) was never closed", "{0} is never closed"),
    (r"^unmatched (.*)", "{0} was never opened"),
    (r"^unterminated.* string", "a quote is missing at the end of the string"),
    (r"^leading zeros", "the number has leading zeros. Hint: remove them"),
    (r"^Missing parentheses in call to 'print'", f"print is not allowed. Hint: {SHOWN}"),
    (r"^expected 'else'", "else is missing. Hint: write a if condition else b"),
    (r"^invalid character '(.)'", "{0} is not allowed. Hint: quotes are ' and \", minus is -"),
    (r"^Exceeds the limit", "the integer does not fit 64 bits. Hint: write it as a float"),
    (r"Perhaps you forgot a comma", "a comma is missing. Hint: separate values by commas"),
    (r"^invalid syntax$", VAGUELY),
    (r"null byte", "it contains a null byte"),
)
"""Patterns of the messages of Python's parser, and our messages for them."""

SIGNS: tuple[tuple[str, str], ...] = (
    (r"&&", "write and"),
    (r"\|\|", "write or"),
    (r"!(?!=|\s*$)", "write not"),
    (r"===", "write =="),
    (r"<>", "write !="),
    (r"\?(?!\s*$)", "write a if condition else b"),
    (r"(\w+)\s*\+\+", "write {0} += 1"),
    (r"(\w+)\s*--", "write {0} -= 1"),
    (r"\{{2}\s*(\w+)\s*\}{2}", "write an f-string, such as f'... {{{0}}}'"),
    (r":=", "write = on its own line"),
    (r"\belse\s+if\b", "write elif"),
    (r"\$\{?\w", "write names without $"),
    (r"\b(AND|OR|NOT|IN|IF|ELSE)\b", "write it in lower case"),
    (r"\bthen\b", "write if condition: and the action on the next line"),
    (r"[0-9.]+\s*%(?=\s*($|\)|:|;))", "write a fraction such as 0.02"),
    (r"\w+ *[-+*/]?= *[^=;]*[ ,]+\w+ *[-+*/]?=(?!=)", ONE_BY_ONE),
    (r"^\s*[\d*/,-]+( +[\d*/,-]+){4}\s*$", "write a duration such as 5 min"),
    (r"\bper\b", "write a quotient, such as 3/d"),
    (r"[{;]\s*$", "indent blocks instead of using braces"),
)
"""Syntax of other languages, and hints for what to write instead."""


TIMES: tuple[tuple[str, str], ...] = (
    (r"\b(\d{4}-\d\d-\d\d(?:T[\d:.]+Z?)?)", "a timestamp is not a number. Hint: write timestamp('{0}')"),
    (r"^\s*(\d{1,2}(?::\d\d){1,2})\s*$", "a time of day is not a number. Hint: write a duration such as 5 min"),
    (r"\(\s*(\d{1,2}:\d\d)\s*\)", "a time of day needs quotes. Hint: write '{0}'"),
)
"""Patterns of dates and times without quotes, and what is wrong with them."""

REQUIRED = re.compile(r"(?:^|[:;])\s*require\s+(?P<condition>.*[^\s;])")
SINGLE_EQUALS = re.compile(r"(?<![=<>!])=(?!=)")
WORDS = re.compile(r"\w+( +\w+)+[.!?]?")
LOOKED_UP = 3
"""How many cases of a lookup a hint writes out."""
VAGUE = ("invalid syntax", "expected ':'")
"""Messages of Python's parser that many different errors share."""


def of_syntax(line: str, message: str) -> str:
    """What is wrong, and a hint, for a line that Python cannot parse and the message of Python's parser."""
    # "Dear user--" in a string is not C.
    bare = _without_texts(line)
    required = REQUIRED.search(line)
    if required and message in VAGUE:
        condition = SINGLE_EQUALS.sub("==", required["condition"]) if "#" not in line else "..."
        return f"parentheses are missing. Hint: write require({condition})"
    for pattern, problem in TIMES:
        if found := re.search(pattern, bare):
            return problem.format(found[1])
    # A clear message of Python's parser is about something else than the sign that also is in the line.
    for pattern, hint in SIGNS if message in VAGUE else ():
        found = re.search(pattern, bare)
        if found:
            return f"{found[0].strip()} is not allowed. Hint: {hint.format(*found.groups())}"
    for pattern, problem in SYNTAX:
        found = re.search(pattern, message)
        if found:
            return problem.format(*found.groups())
    return message


def of_words(text: str) -> str | None:
    """A message for an expression that is just words, which were most often meant as a string; None for others."""
    words = text.rstrip(".!?").split()
    if not WORDS.fullmatch(text) or words[0] == "require" or any(iskeyword(it) or it.isdecimal() for it in words):
        return None
    return f"{VAGUELY}. Hint: a string needs quotes: \"'{text}'\""


def of_expression(node: ast.expr) -> str:
    """A hint for a type of expression that is not allowed."""
    match node:
        case ast.Set(elts=[ast.Set(elts=[inner])]) | ast.Set(elts=[inner]) if not isinstance(inner, ast.Constant):
            return f"templates are not supported: write {ast.unparse(inner)}"
    return EXPRESSIONS.get(type(node), "use numbers, strings, names, operators and calls")


def of_lookup(table: ast.expr, key: ast.expr, otherwise: ast.expr | None = None) -> str | None:
    """A hint on what to write instead of a lookup in a literal mapping or list; None for others."""
    match table:
        case ast.Dict(keys=[_, *_] as keys, values=values) if None not in keys:
            found = [*zip(keys, values, strict=True)]
        case ast.List(elts=[_, *_] as values) | ast.Tuple(elts=[_, *_] as values):
            found = [(ast.Constant(number), value) for number, value in enumerate(values)]
        case _:
            return None
    *others, last = [(it, value) for it, value in found if it is not None]
    if otherwise is not None:
        others, last = [*others, last], (last[0], otherwise)
    cases = [f"{ast.unparse(value)} if {ast.unparse(key)} == {ast.unparse(it)}" for it, value in others[:LOOKED_UP]]
    return f"write {' else '.join([*cases, ast.unparse(last[1]) if len(others) <= LOOKED_UP else '...'])}"


def _without_texts(line: str) -> str:
    """The line with the contents of strings and the comment removed, so that they are not searched."""
    return re.sub(r"#.*", "", re.sub(r"'[^']*'|\"[^\"]*\"", "''", line))
