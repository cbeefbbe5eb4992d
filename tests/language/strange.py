"""Texts that nobody should write, made by dice: noise, broken actions, and Python at its widest."""

import ast
from random import Random

GOOD = (
    "payment = randrange(10, 100)\nrequire(payment <= balance)\nbalance -= payment",
    "if balance > 10 and not active:\n    tier = 'gold'\nelif index == 3:\n    rate = 0.5\nelse:\n    return False",
    "tier = choices(['basic', 'gold'], weights=[3, 1])[0]\nrate = round(gauss(mu=0.0, sigma=2) * 1.5, 2)",
    "x = balance // 7 % 3 ** 2\ny = x if 1 < x <= 5 else -x\nbalance = max(x, y, 3)",
    "active = tier in ('basic', 'gold') or from_state == 'on'\nborn = timestamp + 1000",
    "f'{balance:08d} {rate:.2f} {tier} {email}' + str(index)",
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


def noise(dice: Random) -> str:
    return "".join(dice.choices(PIECES, k=dice.randrange(1, 25)))


def mutated(dice: Random) -> str:
    text = dice.choice(GOOD)
    for _ in range(dice.randrange(1, 5)):
        at, length = dice.randrange(len(text) + 1), dice.choice((0, 0, 1, 2, 5))
        text = text[:at] + dice.choice(PIECES) * dice.choice((0, 1, 1, 2)) + text[at + length :]
    return text


def deep(dice: Random) -> str:
    """Much of the same."""
    count = dice.choice((10, 89, 150, 400, 1000, 4000))
    shape = dice.choice(
        (
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
    )
    return dice.choice(("", "balance = ", "x = ", "require(")) + shape(count)


class Syntax:
    """Any syntax tree, of its own making, whatever it may mean."""

    def __init__(self, dice: Random) -> None:
        self.dice = dice

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
        return self.dice.choice(given)

    def value(self):
        return self.dice.choice(
            (0, 1, -1, 2**63, 10**30, 1.5, -0.0, 1e300, True, None, "gold", "", b"x", 1j, ..., "\0")
        )

    def expression(self, depth: int = 3) -> ast.expr:
        if depth == 0:
            return ast.Name(self.name(), ast.Load()) if self.dice.random() < 0.5 else ast.Constant(self.value())
        return self.dice.choice(self.EXPRESSIONS)(self, lambda: self.expression(depth - 1))

    def comprehension(self, part) -> ast.comprehension:
        return ast.comprehension(ast.Name("x", ast.Store()), part(), [], 0)

    EXPRESSIONS = (
        lambda s, e: ast.BinOp(
            e(), s.dice.choice((ast.Add, ast.Sub, ast.Mult, ast.Pow, ast.Mod, ast.MatMult, ast.LShift))(), e()
        ),
        lambda s, e: ast.BinOp(e(), s.dice.choice((ast.Div, ast.FloorDiv, ast.Add, ast.Mult))(), e()),
        lambda s, e: ast.UnaryOp(s.dice.choice((ast.USub, ast.Not, ast.Invert, ast.UAdd))(), e()),
        lambda s, e: ast.BoolOp(s.dice.choice((ast.And, ast.Or))(), [e(), e(), e()]),
        lambda s, e: ast.Compare(
            e(), [s.dice.choice((ast.Lt, ast.Eq, ast.In, ast.Is, ast.NotIn))() for _ in "ab"], [e(), e()]
        ),
        lambda s, e: ast.IfExp(e(), e(), e()),
        lambda s, e: ast.Call(
            ast.Name(s.dice.choice(("abs", "choice", "round", "str", "eval", "gauss", "max", "require")), ast.Load()),
            [e() for _ in range(s.dice.randrange(3))],
            [ast.keyword(s.dice.choice((None, "mu", "weights")), e())] if s.dice.random() < 0.2 else [],
        ),
        lambda s, e: ast.Call(e(), [ast.Starred(e(), ast.Load())], []),
        lambda s, e: ast.Attribute(e(), s.name(), ast.Load()),
        lambda s, e: ast.Subscript(e(), ast.Slice(e(), None, None) if s.dice.random() < 0.3 else e(), ast.Load()),
        lambda s, e: s.dice.choice((ast.List, ast.Tuple))([e(), e()], ast.Load()),
        lambda s, e: ast.Set([e()]),
        lambda s, e: ast.Dict([e(), None], [e(), e()]),
        lambda s, e: ast.Lambda(ast.arguments([], [ast.arg("x")], None, [], [], None, []), e()),
        lambda s, e: ast.ListComp(e(), [s.comprehension(e)]),
        lambda s, e: ast.GeneratorExp(e(), [s.comprehension(e)]),
        lambda s, e: ast.NamedExpr(ast.Name("x", ast.Store()), e()),
        lambda s, e: ast.Await(e()),
        lambda s, e: ast.Yield(e()),
        lambda s, e: ast.JoinedStr(
            [ast.Constant("a"), ast.FormattedValue(e(), s.dice.choice((-1, 114, 115)), s.spec(e))]
        ),
        lambda s, e: e(),
    )

    def spec(self, part):
        forms = (None, ast.JoinedStr([ast.Constant(".2f")]), ast.JoinedStr([ast.FormattedValue(part(), -1, None)]))
        return self.dice.choice(
            (*forms, ast.JoinedStr([ast.Constant(self.dice.choice((">9", "d", "n", "%Y", "99999d")))]))
        )

    def statement(self, depth: int = 2) -> ast.stmt:
        block = [self.statement(depth - 1)] if depth else [ast.Pass()]
        return self.dice.choice(self.STATEMENTS)(self, self.expression, block)

    STATEMENTS = (
        *[lambda s, e, b: ast.Assign([ast.Name(s.name(), ast.Store())], e(), lineno=1)] * 4,
        *[lambda s, e, b: ast.AugAssign(ast.Name(s.name(), ast.Store()), ast.Add(), e())] * 2,
        *[lambda s, e, b: ast.If(e(), b, b if s.dice.random() < 0.5 else [])] * 4,
        *[lambda s, e, b: ast.Return(e() if s.dice.random() < 0.5 else ast.Constant(value=False))] * 2,
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
        made = self.expression() if self.dice.random() < 0.5 else None
        tree = ast.Module(
            [ast.Expr(made)] if made else [self.statement() for _ in range(self.dice.randrange(1, 4))], []
        )
        try:
            return ast.unparse(ast.fix_missing_locations(tree))
        except ValueError:  # some trees have no text
            return "1 +"


def syntax(dice: Random) -> str:
    return Syntax(dice).text()
