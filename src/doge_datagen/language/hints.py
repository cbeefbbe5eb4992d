"""The way out for what people write out of habit, from Python and other languages."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from keyword import iskeyword

from doge_datagen.language.units import UNITS

NAMES: Mapping[str, str] = {
    "true": "write True",
    "TRUE": "write True",
    "false": "write False",
    "FALSE": "write False",
    **dict.fromkeys(
        ("null", "NULL", "nil", "undefined", "nan", "inf"), "every value is there. Hint: write one such as 0"
    ),
    **dict.fromkeys(("now", "time", "datetime", "date"), "the time of an event is timestamp"),
    **dict.fromkeys(("self", "this", "subject", "user"), "attributes go by their names alone"),
    "state": "there are from_state and to_state",
    "pi": "write 3.141592653589793",
    "e": "write exp(1)",
}
"""Names that mean nothing here."""

SHOWN = "a value is shown by a stream: give it a field"
PARTS = "there are year(timestamp), month, day, weekday, hour, minute and second"
MOMENT = "write timestamp('2024-05-06T12:00:00Z')"
CHANGED = "texts cannot be changed. Hint: put them together by + or an f-string"
CALLS: Mapping[str, str] = {
    "len": "texts and lists have no length here",
    **dict.fromkeys(("print", "log_event", "emit", "send", "yield_", "display"), SHOWN),
    **dict.fromkeys(("now", "time", "today", "current_timestamp", "NOW"), "the time of an event is timestamp"),
    **dict.fromkeys(("upper", "lower", "strip", "replace", "substr", "split", "join", "repr", "title"), CHANGED),
    **dict.fromkeys(("format", "concat", "printf", "sprintf"), "write an f-string, such as f'{index:06d}'"),
    "pow": "write a ** b",
    "divmod": "write a // b and a % b",
    "sum": "write a + b",
    **dict.fromkeys(("avg", "mean"), "write (a + b) / 2"),
    **dict.fromkeys(("ifelse", "iff", "IF", "case", "where"), "write 'a' if condition else 'b'"),
    **dict.fromkeys(("coalesce", "isnull", "ifnull", "nvl"), "every value is there"),
    "range": "for a draw from it write randrange(start, stop)",
    **dict.fromkeys(("sample", "shuffle"), "for one of several write choice([...])"),
    "betavariate": "for a share write (1 - random() ** (1 / b)) ** (1 / a), or triangular(0, 1, 0.3)",
    "beta": "for a share write (1 - random() ** (1 / b)) ** (1 / a), or triangular(0, 1, 0.3)",
    **dict.fromkeys(
        ("gammavariate", "gamma"), "for a long tail write weibullvariate(alpha, beta) or lognormvariate(mu, sigma)"
    ),
    "vonmisesvariate": "for an angle write gauss(mu, 0.5) % 6.283185307179586",
    "zipf": "for ranks, the first the most frequent, write int(paretovariate(a - 1)), and min(..., 100) for a last one",
    "poisson": "for a number of things write max(0, round(gauss(mean, sqrt(mean))))",
    **dict.fromkeys(
        ("binomial", "binomialvariate"), "for a number of hits write max(0, round(gauss(n * p, sqrt(n * p * (1 - p)))))"
    ),
    "geometric": "for a number of tries write 1 + int(log(1 - random()) / log(1 - p))",
    "exponential": "write expovariate(1 / mean)",
    **dict.fromkeys(
        ("dayofweek", "day_of_week", "isoweekday", "dow"), "write weekday(timestamp), which is 0 on Mondays"
    ),
    **dict.fromkeys(("dayofmonth", "day_of_month"), "write day(timestamp)"),
    "quarter": "write (month(timestamp) + 2) // 3",
    "week": "write (timestamp - timestamp('2024-01-01')) // duration('1 w')",
    **dict.fromkeys(("millisecond", "microsecond"), "write int(timestamp) % 1000"),
    **dict.fromkeys(("day_of_year", "dayofyear", "date", "date_trunc", "trunc"), PARTS),
    **dict.fromkeys(("extract", "date_part", "datepart"), PARTS),
    **dict.fromkeys(("strftime", "isoformat", "to_char", "date_format"), "write f'{timestamp}', or one of its parts"),
    **dict.fromkeys(("datetime", "to_timestamp", "to_date", "strptime", "fromisoformat"), MOMENT),
    **dict.fromkeys(("timedelta", "interval", "make_interval"), "write duration('8 h')"),
    **dict.fromkeys(
        ("astimezone", "at_timezone", "tz_convert"), "times are in UTC. Hint: add to them such as duration('2 h')"
    ),
    "seed": "the seed is given when the model is run",
    **dict.fromkeys(("uuid", "uuid4"), "write an f-string of what is unique, such as f'{index}-{tick}'"),
    **dict.fromkeys(("isfinite", "isnan", "isinf"), "only sums and products of floats can leave the range"),
}
"""Functions that are not here."""

LOOPS = "there are no loops; a transition happens again and again"
STATEMENTS: Mapping[type[ast.stmt], str] = {
    ast.Import: "nothing is imported; functions are there by name, such as sqrt(x)",
    ast.ImportFrom: "nothing is imported; functions are there by name, such as sqrt(x)",
    ast.For: LOOPS,
    ast.AsyncFor: LOOPS,
    ast.While: LOOPS,
    ast.AnnAssign: "leave the type out: a name has the type of its first value",
    ast.Assert: "write require(...), which blocks the transition where it does not hold",
    ast.Raise: "write return False, which blocks the transition",
    ast.Try: "nothing is caught here. Hint: test before with if",
    ast.Match: "write if, elif and else",
    ast.FunctionDef: "functions cannot be made here. Hint: write its lines where they are needed",
    ast.ClassDef: "classes cannot be made here; what subjects have are attributes",
    ast.Delete: "nothing can be removed. Hint: assign a value such as 0",
    ast.Global: "attributes can be assigned as they are. Hint: leave this line out",
    ast.Nonlocal: "attributes can be assigned as they are. Hint: leave this line out",
}

LISTS = "lists are only in choice(...), choices(...) and behind in"
EXPRESSIONS: Mapping[type[ast.expr], str] = {
    ast.JoinedStr: "an f-string makes a text, which only fields, keys and headers can show",
    ast.NamedExpr: "give the name its value in a line of its own",
    ast.Lambda: "functions cannot be made here",
    ast.List: LISTS,
    ast.Tuple: LISTS,
    ast.Set: LISTS,
    ast.Dict: "mappings are not here. Hint: write 'a' if condition else 'b'",
    ast.Starred: "give the values one by one",
    **dict.fromkeys((ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp), LOOPS),
}

VAGUELY = "something is missing or too much here"
SYNTAX: tuple[tuple[str, str], ...] = (
    (r"Maybe you meant '=='", "= gives a value. Hint: write == to compare"),
    (r"^cannot assign to (?!literal)", "= gives a value to one name. Hint: write == to compare"),
    (r"^expected ':'", "a colon is missing. Hint: write if ...:, elif ...: or else:"),
    (r"^expected an indented block", "indent the lines that belong to it, by 4 spaces"),
    (r"^unexpected indent", "begin the line where the one above begins"),
    (r"^unindent does not match", "begin the line where the lines of its block begin"),
    (r"^inconsistent use of tabs", "indent by spaces alone"),
    (r"^(.*) was never closed", "{0} is never closed"),
    (r"^unmatched (.*)", "{0} closes nothing"),
    (r"^unterminated.* string", "a quote is missing at the end of the text"),
    (r"^leading zeros", "write the number without the zeros in front"),
    (r"^Missing parentheses in call to 'print'", SHOWN),
    (r"^expected 'else'", "say what it is else: a if condition else b"),
    (r"^invalid character '(.)'", "{0} is not a sign of the language; quotes are ' and \", minus is -"),
    (r"^Exceeds the limit", "a whole number has 64 bits. Hint: write it as a float"),
    (r"^invalid syntax$", VAGUELY),
    (r"null byte", "it holds a null byte"),
)
"""Python's own words, and ours."""

SIGNS: tuple[tuple[str, str], ...] = (
    (r"&&", "write and"),
    (r"\|\|", "write or"),
    (r"!(?!=|\s*$)", "write not"),
    (r"===", "write =="),
    (r"<>", "write !="),
    (r"\?(?!\s*$)", "write a if condition else b"),
    (r"(\w+)\s*\+\+", "write {0} += 1"),
    (r"(\w+)\s*--", "write {0} -= 1"),
    (r"\{{2}\s*(\w+)\s*\}{2}", "there are no templates. Hint: write an f-string, such as f'... {{{0}}}'"),
    (r":=", "write = in a line of its own"),
    (r"\belse\s+if\b", "write elif"),
    (r"\$\{?\w", "names are written without $"),
    (r"\b(AND|OR|NOT|IN|IF|ELSE)\b", "write it in small letters"),
    (r"\bthen\b", "write if condition: and what is done in the next line"),
    (r"[0-9.]+\s*%(?=\s*($|\)|:|;))", "write a share such as 0.02"),
    (r"[{;]\s*$", "blocks are indented, not put in braces"),
)
"""Signs of other languages, and what to write in their place."""


LENGTH = re.compile(rf"(?<![\w.])(?P<number>\d+(\.\d+)?) ?(?P<unit>({'|'.join(UNITS)})s?)\b")
REQUIRED = re.compile(r"(?:^|[:;])\s*require\s+(?P<condition>.*[^\s;])")
SINGLE_EQUALS = re.compile(r"(?<![=<>!])=(?!=)")
WORDS = re.compile(r"\w+( +\w+)+[.!?]?")
LOOKED_UP = 3
"""Cases of a lookup that a hint writes out."""
VAGUE = ("invalid syntax", "expected ':'")
"""What Python says of many mistakes."""


def of_syntax(line: str, message: str) -> str:
    """The way out of what Python cannot read: the line it stumbles in, and what it says."""
    bare = _without_texts(line)
    required = REQUIRED.search(line)
    if required and message in VAGUE:
        condition = SINGLE_EQUALS.sub("==", required["condition"]) if "#" not in line else "..."
        return f"write require({condition})"
    length = LENGTH.search(bare)
    if length:
        return f"a duration is written as a text: duration('{length['number']} {length['unit']}')"
    date = re.search(r"\b\d{4}-\d\d-\d\d(T[\d:.]+Z?)?", bare)
    if date:
        return f"a moment is written as a text: timestamp('{date[0]}')"
    for pattern, told in SIGNS if message in VAGUE else ():
        found = re.search(pattern, bare)
        if found:
            return f"{found[0].strip()} is not here. Hint: {told.format(*found.groups())}"
    for pattern, told in SYNTAX:
        found = re.search(pattern, message)
        if found:
            return told.format(*found.groups())
    return message


def of_words(text: str) -> str | None:
    """The way out where an expression is words with nothing between them, which are most often meant as a text."""
    words = text.rstrip(".!?").split()
    if not WORDS.fullmatch(text) or words[0] == "require" or any(iskeyword(it) or it.isdecimal() for it in words):
        return None
    return f"{VAGUELY}; a text has quotes of its own: \"'{text}'\""


def of_expression(node: ast.expr) -> str:
    """The way out for a kind of expression that is not there."""
    match node:
        case ast.Set(elts=[ast.Set(elts=[inner])]) | ast.Set(elts=[inner]) if not isinstance(inner, ast.Constant):
            return f"there are no templates. Hint: write {ast.unparse(inner)}"
    return EXPRESSIONS.get(type(node), "there are numbers, texts, names, operators and calls")


def of_lookup(table: ast.expr, key: ast.expr, otherwise: ast.expr | None = None) -> str | None:
    """What to write instead of looking something up in a mapping or a list; None where it is none."""
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
    """The line with its texts and its comment emptied, so that signs in them do not count."""
    return re.sub(r"#.*", "", re.sub(r"'[^']*'|\"[^\"]*\"", "''", line))
