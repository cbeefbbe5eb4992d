"""Hypothesis strategies for invalid and unusual code: noise, mutated actions, and rare Python syntax."""

import ast
import linecache
import os
import re
from itertools import count
from types import CodeType, FunctionType

from hypothesis import strategies as st

GOOD = (
    "payment = randrange(10, 100)\nrequire(payment <= balance)\nbalance -= payment",
    "if balance > 10 and not active:\n    tier = 'gold'\nelif index == 3:\n    rate = 0.5\nelse:\n    return False",
    "tier = choices(['basic', 'gold'], weights=[3, 1])[0]\nrate = round(gauss(mu=0.0, sigma=2) * 1.5, 2)",
    "x = balance // 7 % 3 ** 2\ny = x if 1 < x <= 5 else -x\nbalance = max(x, y, 3)",
    "wait = 30 min * rate\nborn = timestamp + wait - 1.5 h\nrequire(never > born and timestamp - born < 2 d)",
    "wait = lognormal(median=20 s, p95=2 min, max=1 h)\nrate = gamma(mean=2, shape=balance) * beta(2, 3)",
    "born = next('09:00', weekdays='mon-fri')\nif hour(born) > 8:\n    born = floor_to(born, 1 d)",
    "active = tier in ('basic', 'gold') or from_state == 'on'\nborn = timestamp + 1000",
    "f'{balance:08d} {rate:.2f} {tier} {email}' + str(index)",
)
FUNCTIONS = (
    "payment = draw.randrange(10, 100)\nif payment > subject.balance:\n    return False\nsubject.balance -= payment",
    "subject.tier = draw.choice(TIERS)\nsubject.rate = round(draw.gauss(mu=0.0, sigma=LIMIT), 2) + FEE",
    "balance = subject.balance // 7\nbalance_ = balance if 1 < balance <= 5 else -balance\nsubject.balance = balance_",
    "if subject.tier in TIERS and not subject.active:\n    subject.balance = max(3, abs(FEE), int(LIMIT))",
)
PIECES = (
    *"()[]{}:;,.=+-*/%<>!@~^&|'\"\\#_ \n\t\r\f\0 01e9xéﬁ\U0001d41bª\uff42\ud800\u202e\u2028",
    *(
        "balance",
        "\uff42alance",
        "rate",
        "active",
        "tier",
        "email",
        "index",
        "tick",
        "timestamp",
        "trigger",
        "fault",
        "key0",
    ),
    *(
        "randrange(",
        "choice([",
        "require(",
        "f'{",
        "}'",
        "if ",
        "else",
        "elif ",
        "for ",
        "lambda ",
        "import os",
        "yield ",
    ),
    *(
        "**",
        "9" * 30,
        "1e999",
        "0x" + "f" * 40,
        "__class__",
        "__import__('os')",
        "a_balance",
        "v_x",
        "row_0",
        ":=",
        "->",
    ),
    *("async ", "await ", "match ", "try:", "del ", "global ", "*args", "**kw", "None", "...", "b''", "1j", "'gold'"),
)


SHAPES = (
    lambda n: "(" * n + "1" + ")" * n,
    lambda n: "+".join(["balance"] * n),
    lambda n: "+".join(["'a'"] * n),
    lambda n: "-" * n + "1",
    lambda n: "not " * n + "active",
    lambda n: " if active else ".join(["1"] * n),
    lambda n: " if active else ".join(["email"] * n),
    lambda n: "**".join(["2"] * n),
    lambda n: "1" + " < 2" * n,
    lambda n: "(" * min(n, 180) + "1" + " < 2) == True" * min(n, 180),
    lambda n: "(" * min(n, 180) + "1" + " in (1, 2, 3))" * min(n, 180),
    lambda n: "abs(" * min(n, 180) + "1" + ")" * min(n, 180),
    lambda n: "triangular(" * min(n, 180) + "1" + ", 2)" * min(n, 180),
    lambda n: "choice([" * min(n, 180) + "1" + ", 2])" * min(n, 180),
    lambda n: "max(" + "1," * n + "2)",
    lambda n: "f'" + "{index}" * n + "'",
    lambda n: "f'" + "".join(f"{{index + {k}}}" for k in range(n // 4)) + "'",
    lambda n: "\n".join(["balance += 1"] * n),
    lambda n: "if active:\n    pass\n" + "elif active:\n    balance = 1\n" * n,
    lambda n: "".join(" " * k + "if active:\n" for k in range(min(n, 150))) + " " * min(n, 150) + "pass",
    lambda n: "x = 1\n" + "x = x * 2 + x\n" * n,
    lambda n: "9" * n,
    lambda n: "index." + "a." * n + "b",
    lambda n: "[" * min(n, 180) + "]" * min(n, 180),
)
"""Much of the same."""
DEPTHS = (10, 89, 150, 400, 1000, 4000)
WORDS = (
    *("subject", "draw", "balance", "rate", "tier", "subject.balance", "draw.random()", "FEE", "LIMIT", "TIERS"),
    *("OTHERS", "MAPPING", "os", "os.name", "open", "eval('1')", "max", "act", "self", "__class__", "random"),
    *("0", "-1", "1.5", "1e999", "1j", "None", "...", "True", "'gold'", "b''", "f'{subject}'", "()", "[1]", "{}"),
    *("lambda: 0", "[x for x in TIERS]", "(x := 1)", "*TIERS", "not 1", "if", "return", "pass", "del", "é", "ﬁ"),
)
"""Placeholders for parts of a function."""


class Choices:
    """Choices from Hypothesis bytes: one draw for a whole text is fast, and shrinks towards the first choices."""

    def __init__(self, drawn: bytes) -> None:
        self._left = iter(drawn)

    def randrange(self, end: int) -> int:
        return next(self._left, 0) % end

    def choice(self, given):
        return given[self.randrange(len(given))]

    def one_in(self, number: int) -> bool:
        return self.randrange(number) == number - 1


def built_from(make, throws: int) -> st.SearchStrategy[str]:
    """A strategy for what ``make`` builds from a number of choices; further choices take the first option."""
    return st.binary(min_size=throws, max_size=throws).map(lambda drawn: make(Choices(drawn)))


def a_noise(choices: Choices) -> str:
    return "".join(choices.choice(PIECES) for _ in range(1 + choices.randrange(24)))


def a_mutated(choices: Choices) -> str:
    text = choices.choice(GOOD)
    for _ in range(1 + choices.randrange(4)):
        at, length = choices.randrange(len(text) + 1), choices.choice((0, 0, 1, 2, 5))
        text = text[:at] + choices.choice(PIECES) * choices.choice((0, 1, 1, 2)) + text[at + length :]
    return text


def a_mutated_function(choices: Choices) -> str:
    tokens = re.findall(r"\w+|\s+|.", choices.choice(FUNCTIONS))
    words = [number for number, token in enumerate(tokens) if token.isalnum()]
    for _ in range(1 + choices.randrange(2)):
        tokens[choices.choice(words)] = choices.choice(WORDS)
    return "".join(tokens)


def a_deep(choices: Choices) -> str:
    return choices.choice(("", "balance = ", "x = ", "require(")) + choices.choice(SHAPES)(choices.choice(DEPTHS))


class Syntax:
    """Arbitrary syntax trees, meaningful or not.

    Args:
        choices: decides the tree.
        function: whether it is for a Python function, whose names are mostly ``subject.rate`` and ``draw.random``.
    """

    def __init__(self, choices: Choices, *, function: bool = False) -> None:
        self.choices = choices
        self.function = function

    def named(self, context) -> ast.expr:
        """A name, or its equivalent in an action."""
        if not self.function or self.choices.one_in(3):
            return ast.Name(self.name(), context)
        return ast.Attribute(ast.Name("subject", ast.Load()), self.name(), context)

    def called(self) -> ast.expr:
        name = self.choices.choice(("abs", "choice", "round", "str", "eval", "gauss", "max", "require"))
        if not self.function or self.choices.one_in(3):
            return ast.Name(name, ast.Load())
        return ast.Attribute(ast.Name("draw", ast.Load()), name, ast.Load())

    def name(self) -> str:
        given = (
            "balance",
            "rate",
            "active",
            "tier",
            "email",
            "index",
            "x",
            "fault",
            "__class__",
            "os",
            "abs",
            "random",
        )
        return self.choices.choice(given + tuple(OUTSIDE) if self.function else given)

    def value(self):
        return self.choices.choice(
            (0, 1, -1, 2**63, 10**30, 1.5, -0.0, 1e300, True, None, "gold", "", b"x", 1j, ..., "\0")
        )

    def expression(self, depth: int = 3) -> ast.expr:
        if depth == 0:
            return self.named(ast.Load()) if self.choices.one_in(2) else ast.Constant(self.value())
        return self.choices.choice(self.EXPRESSIONS)(self, lambda: self.expression(depth - 1))

    def comprehension(self, part) -> ast.comprehension:
        return ast.comprehension(ast.Name("x", ast.Store()), part(), [], 0)

    EXPRESSIONS = (
        lambda s, e: ast.BinOp(
            e(), s.choices.choice((ast.Add, ast.Sub, ast.Mult, ast.Pow, ast.Mod, ast.MatMult, ast.LShift))(), e()
        ),
        lambda s, e: ast.BinOp(e(), s.choices.choice((ast.Div, ast.FloorDiv, ast.Add, ast.Mult))(), e()),
        lambda s, e: ast.UnaryOp(s.choices.choice((ast.USub, ast.Not, ast.Invert, ast.UAdd))(), e()),
        lambda s, e: ast.BoolOp(s.choices.choice((ast.And, ast.Or))(), [e(), e(), e()]),
        lambda s, e: ast.Compare(
            e(), [s.choices.choice((ast.Lt, ast.Eq, ast.In, ast.Is, ast.NotIn))() for _ in "ab"], [e(), e()]
        ),
        lambda s, e: ast.IfExp(e(), e(), e()),
        lambda s, e: ast.Call(
            s.called(),
            [e() for _ in range(s.choices.randrange(3))],
            [ast.keyword(s.choices.choice((None, "mu", "weights")), e())] if s.choices.one_in(5) else [],
        ),
        lambda s, e: ast.Call(e(), [ast.Starred(e(), ast.Load())], []),
        lambda s, e: ast.Attribute(e(), s.name(), ast.Load()),
        lambda s, e: ast.Subscript(e(), ast.Slice(e(), None, None) if s.choices.one_in(3) else e(), ast.Load()),
        lambda s, e: s.choices.choice((ast.List, ast.Tuple))([e(), e()], ast.Load()),
        lambda s, e: ast.Set([e()]),
        lambda s, e: ast.Dict([e(), None], [e(), e()]),
        lambda s, e: ast.Lambda(ast.arguments([], [ast.arg("x")], None, [], [], None, []), e()),
        lambda s, e: ast.ListComp(e(), [s.comprehension(e)]),
        lambda s, e: ast.GeneratorExp(e(), [s.comprehension(e)]),
        lambda s, e: ast.NamedExpr(ast.Name("x", ast.Store()), e()),
        lambda s, e: ast.Await(e()),
        lambda s, e: ast.Yield(e()),
        lambda s, e: ast.JoinedStr(
            [ast.Constant("a"), ast.FormattedValue(e(), s.choices.choice((-1, 114, 115)), s.spec(e))]
        ),
        lambda s, e: e(),
    )

    def spec(self, part):
        forms = (None, ast.JoinedStr([ast.Constant(".2f")]), ast.JoinedStr([ast.FormattedValue(part(), -1, None)]))
        return self.choices.choice(
            (*forms, ast.JoinedStr([ast.Constant(self.choices.choice((">9", "d", "n", "%Y", "99999d")))]))
        )

    def statement(self, depth: int = 2) -> ast.stmt:
        block = [self.statement(depth - 1)] if depth else [ast.Pass()]
        return self.choices.choice(self.STATEMENTS)(self, self.expression, block)

    STATEMENTS = (
        *[lambda s, e, b: ast.Assign([s.named(ast.Store())], e(), lineno=1)] * 4,
        *[lambda s, e, b: ast.AugAssign(s.named(ast.Store()), ast.Add(), e())] * 2,
        *[lambda s, e, b: ast.If(e(), b, b if s.choices.one_in(2) else [])] * 4,
        *[lambda s, e, b: ast.Return(e() if s.choices.one_in(2) else ast.Constant(value=False))] * 2,
        lambda s, e, b: ast.Expr(ast.Call(ast.Name("require", ast.Load()), [e()], [])),
        lambda s, e, b: ast.Assign([ast.Tuple([ast.Name("x", ast.Store())], ast.Store())], e(), lineno=1),
        lambda s, e, b: ast.Assign([ast.Attribute(e(), s.name(), ast.Store())], e(), lineno=1),
        lambda s, e, b: ast.AnnAssign(ast.Name("x", ast.Store()), e(), e(), 1),
        lambda s, e, b: ast.Expr(e()),
        lambda s, e, b: ast.While(e(), b, []),
        lambda s, e, b: ast.For(ast.Name("x", ast.Store()), e(), b, [], lineno=1),
        lambda s, e, b: ast.Import([ast.alias("os")]),
        lambda s, e, b: ast.ImportFrom("os", [ast.alias("*")], 0),
        lambda s, e, b: ast.Try(b, [ast.ExceptHandler(e(), "x", b)], [], []),
        lambda s, e, b: ast.With([ast.withitem(e(), ast.Name("x", ast.Store()))], b, lineno=1),
        lambda s, e, b: ast.Delete([ast.Name("balance", ast.Del())]),
        lambda s, e, b: ast.Global(["balance"]),
        lambda s, e, b: ast.Raise(e(), None),
        lambda s, e, b: ast.Assert(e(), None),
        lambda s, e, b: ast.Match(e(), [ast.match_case(ast.MatchValue(e()), None, b)]),
        lambda s, e, b: ast.FunctionDef("f", ast.arguments([], [], ast.arg("x"), [], [], None, []), b, [e()], lineno=1),
        lambda s, e, b: ast.ClassDef("C", [e()], [], b, []),
    )

    def text(self) -> str:
        expression = not self.function and self.choices.one_in(2)
        body = (
            [ast.Expr(self.expression())]
            if expression
            else [self.statement() for _ in range(self.choices.choice((1, 2, 3)))]
        )
        try:
            return ast.unparse(ast.fix_missing_locations(ast.Module(body, [])))
        except ValueError:  # some trees cannot be unparsed
            return "1 +"


noise = built_from(a_noise, 25)
mutated = built_from(a_mutated, 20)
mutated_functions = built_from(a_mutated_function, 6)
deep = built_from(a_deep, 3)
syntax = built_from(lambda choices: Syntax(choices).text(), 160)
syntax_of_functions = built_from(lambda choices: Syntax(choices, function=True).text(), 160)

OUTSIDE = {"FEE": -3, "LIMIT": 1.5, "TIERS": ("basic", "gold"), "OTHERS": ([1],), "MAPPING": {}, "os": os, "open": open}
"""Names around a function, allowed or not."""
NUMBERS = count()


def function_of(body: str):
    """A function with this body and available source, or None if Python rejects it; it is never called."""
    file = f"strange-{next(NUMBERS)}.py"
    text = "def act(subject, draw):\n" + "".join(f"    {line}\n" for line in body.split("\n"))
    try:
        created = compile(text, file, "exec", dont_inherit=True)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    linecache.cache[file] = (len(text), None, text.splitlines(keepends=True), file)
    code = next(it for it in created.co_consts if isinstance(it, CodeType) and it.co_name == "act")
    return FunctionType(code, {"__builtins__": __builtins__, **OUTSIDE}, "act")
