"""Bayesian networks in the Bayesian Interchange Format (BIF 0.15), in and out.

The reader takes what the usual tools write: names and states with or without quotes, of any
characters; tables with or without commas; `default` rows; comments and properties, which say
nothing here. A `table` of a variable with parents lists the variable's own states slowest and its
last parent fastest; where only the other order (own states fastest) gives rows that sum to 1, that
one is taken.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import NamedTuple, NoReturn

import numpy as np

from kg.diagnosis.exchange.reading_text import read_text
from kg.diagnosis.inference.network import LARGEST_TABLE, ROUNDING, Array, Network, Table, Variable
from kg.model.errors import BadInput, UnreadableFile

MOST_CELLS = 1 << 26  # of all tables together

_TOKEN = re.compile(
    r"""(?P<space>\s+|//[^\n]*|/\*.*?\*/)
      | "(?P<quoted>(?:[^"\\\n]|\\.)*)"
      | (?P<mark>[{}()\[\],;|])
      | (?P<word>[^\s{}()\[\],;|"]+)""",
    re.VERBOSE | re.DOTALL,
)
_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_.+-]*")
_KEYWORDS = frozenset({"network", "variable", "probability", "property", "type", "discrete"})


class Token(NamedTuple):
    """A word, a quoted word or a mark, and where in the text it starts."""

    text: str
    is_mark: bool
    start: int


@dataclass(slots=True)
class _Family:
    parents: tuple[str, ...]
    start: int
    table: list[float] | None
    default: list[float] | None
    rows: list[tuple[tuple[str, ...], list[float], int]]


def read_bif(path: Path) -> Network:
    """The network of a BIF file.

    Raises UnreadableFile or BadInput with the file, the line and what is wrong.
    """
    text = read_text(path, what="a BIF file")
    return parse_bif(text, name=path.name)


def parse_bif(text: str, *, name: str = "network") -> Network:
    """The network of BIF text; `name` is the file's, for errors. Raises BadInput."""
    return _Reader(list(_tokens(text, name)), text, name).read()


def write_bif(network: Network) -> str:
    """The network as BIF text, with full tables and probabilities to the last digit.

    Raises BadInput where a table would be too large to write out.
    """
    lines = [f"network {_quote(network.name)} {{", "}"]
    for variable in network.variables.values():
        states = ", ".join(_quote(state) for state in variable.states)
        lines += [
            f"variable {_quote(variable.name)} {{",
            f"  type discrete [ {variable.size} ] {{ {states} }};",
            "}",
        ]
    for variable in network.variables.values():
        table = network.table(variable.name)
        if not variable.parents:
            lines += [
                f"probability ( {_quote(variable.name)} ) {{",
                f"  table {_numbers(table)};",
                "}",
            ]
            continue
        given = ", ".join(_quote(p) for p in variable.parents)
        lines.append(f"probability ( {_quote(variable.name)} | {given} ) {{")
        for place in np.ndindex(table.shape[:-1]):
            row = ", ".join(
                _quote(network[p].states[i]) for p, i in zip(variable.parents, place, strict=True)
            )
            lines.append(f"  ({row}) {_numbers(table[place])};")
        lines.append("}")
    return "\n".join(lines) + "\n"


def _numbers(row: Array) -> str:
    return ", ".join(repr(float(p)) for p in row)


def _quote(name: str) -> str:
    if _PLAIN.fullmatch(name) and name not in _KEYWORDS:
        return name
    escaped = name.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def _unquote(text: str) -> str:
    return re.sub(r"\\(.)", lambda m: "\n" if m[1] == "n" else m[1], text)


def _tokens(text: str, name: str) -> Iterator[Token]:
    place = 0
    for found in _TOKEN.finditer(text):
        start = found.start()
        if start != place:
            break
        place = found.end()
        kind = found.lastgroup
        if kind == "word":
            yield Token(found[0], False, start)
        elif kind == "mark":
            yield Token(found[0], True, start)
        elif kind == "quoted":
            yield Token(_unquote(found["quoted"]), False, start)
    if place < len(text):
        line = text.count("\n", 0, place) + 1
        raise BadInput(f"{name}, line {line}: a quotation mark is not closed.")


class _Reader:
    """A recursive reader of the tokens of one file."""

    def __init__(self, tokens: Sequence[Token], text: str, name: str) -> None:
        self.tokens = tokens
        self.text = text
        self.name = name
        self.place = 0
        self.title = name
        self.states: dict[str, tuple[str, ...]] = {}
        self.families: dict[str, _Family] = {}

    def read(self) -> Network:
        while self.place < len(self.tokens):
            match self._word("network, variable or probability"):
                case "network":
                    self._network()
                case "variable":
                    self._variable()
                case "probability":
                    self._probability()
                case other:
                    self._fail(f"expected network, variable or probability, not {other!r}")
        if not self.states:
            raise UnreadableFile(f"{self.name} has no variables; is it a BIF file?")
        return self._build()

    def _network(self) -> None:
        if not self._peek("{"):
            self.title = self._word("the name of the network")
        self._skip_block()

    def _variable(self) -> None:
        variable = self._word("the name of a variable")
        if variable in self.states:
            self._fail(f"the variable {variable!r} is there twice")
        self._mark("{")
        states: list[str] | None = None
        while not self._take("}"):
            if self._word("type") != "type":
                self._skip_statement()
                continue
            if (kind := self._word("discrete")) != "discrete":
                self._fail(f"{variable!r} is {kind}; only discrete variables can be used")
            self._mark("[")
            count = self._count()
            self._mark("]")
            self._mark("{")
            states = []
            while not self._take("}"):
                states.append(self._word("a state"))
                self._take(",")
            self._take(";")
            if len(states) != count:
                self._fail(f"{variable!r} says {count} states and names {len(states)}")
        if not states:
            self._fail(f"{variable!r} has no states")
        self.states[variable] = tuple(states)

    def _probability(self) -> None:
        start = self.tokens[self.place - 1].start
        self._mark("(")
        child = self._word("a variable")
        parents: list[str] = []
        if self._take("|"):
            while not self._peek(")"):
                parents.append(self._word("a parent"))
                self._take(",")
        self._mark(")")
        if child in self.families:
            self._fail(f"the probabilities of {child!r} are there twice")
        family = _Family(tuple(parents), start, None, None, [])
        self._mark("{")
        while not self._take("}"):
            if self._take("("):
                start = self.tokens[self.place - 1].start
                states = []
                while not self._take(")"):
                    states.append(self._word("a state"))
                    self._take(",")
                family.rows.append((tuple(states), self._row(), start))
                continue
            match self._word("table, default or a row of states"):
                case "table":
                    family.table = self._row()
                case "default":
                    family.default = self._row()
                case _:
                    self._skip_statement()
        self.families[child] = family

    def _row(self) -> list[float]:
        row: list[float] = []
        while not self._take(";"):
            word = self._word("a probability")
            try:
                row.append(float(word))
            except ValueError:
                self._fail(f"expected a probability, not {word!r}")
            self._take(",")
        return row

    def _build(self) -> Network:
        cells = 0
        variables = []
        for name, states in self.states.items():
            family = self.families.get(name)
            if family is None:
                raise BadInput(f"{self.name}: the variable {name!r} has no probabilities.")
            for parent in family.parents:
                if parent not in self.states:
                    self._fail(f"{name!r} depends on {parent!r}, which is not there", family.start)
            sizes = tuple(len(self.states[p]) for p in family.parents)
            cells += len(states) * prod(sizes)
            if len(states) * prod(sizes) > LARGEST_TABLE or cells > MOST_CELLS:
                self._fail(f"the table of {name!r} is too large", family.start)
            variables.append(
                Variable(name, states, family.parents, Table(self._table(name, family, sizes)))
            )
        unknown = next((n for n in self.families if n not in self.states), None)
        if unknown is not None:
            self._fail(f"{unknown!r} is not a variable", self.families[unknown].start)
        try:
            return Network(variables, name=self.title)
        except BadInput as error:
            raise BadInput(f"{self.name}: {error}") from None

    def _table(self, name: str, family: _Family, sizes: tuple[int, ...]) -> Array:
        own = len(self.states[name])
        values = np.full((*sizes, own), np.nan)
        if family.table is not None:
            values = self._ordered(name, family, family.table, sizes)
        if family.default is not None:
            default = self._fit(name, family.default, own, family.start)
            values[np.isnan(values).any(axis=-1)] = default
        for states, row, start in family.rows:
            if len(states) != len(family.parents):
                self._fail(
                    f"a row of {name!r} names {len(states)} states for"
                    f" {len(family.parents)} parents",
                    start,
                )
            place = []
            for parent, state in zip(family.parents, states, strict=True):
                if state not in self.states[parent]:
                    self._fail(f"{parent!r} has no state {state!r}", start)
                place.append(self.states[parent].index(state))
            values[tuple(place)] = self._fit(name, row, own, start)
        missing = np.argwhere(np.isnan(values).any(axis=-1))
        if missing.size or np.isnan(values).any():
            given = ", ".join(
                f"{p} = {self.states[p][int(i)]}"
                for p, i in zip(family.parents, missing[0] if missing.size else (), strict=False)
            )
            self._fail(
                f"{name!r} has no probabilities" + (f" for {given}" if given else ""), family.start
            )
        return values

    def _ordered(
        self, name: str, family: _Family, numbers: list[float], sizes: tuple[int, ...]
    ) -> Array:
        own = len(self.states[name])
        flat = self._fit(name, numbers, own * prod(sizes), family.start)
        slowest = np.moveaxis(flat.reshape(own, *sizes), 0, -1).copy()
        if np.abs(slowest.sum(axis=-1) - 1.0).max() > ROUNDING:
            fastest = flat.reshape(*sizes, own)
            if np.abs(fastest.sum(axis=-1) - 1.0).max() <= ROUNDING:
                return fastest
        return slowest

    def _fit(self, name: str, row: list[float], count: int, start: int) -> Array:
        if len(row) != count:
            self._fail(f"{name!r} needs {count} probabilities here and has {len(row)}", start)
        values = np.array(row)
        wrong = values[~((values >= 0.0) & (values <= 1.0 + 1e-9))]
        if wrong.size:
            self._fail(
                f"{name!r} has the probability {wrong[0]:g}; it must lie within 0 and 1", start
            )
        return values

    def _skip_block(self) -> None:
        self._mark("{")
        depth = 1
        while depth:
            token = self._next("}")
            if token.is_mark:
                depth += {"{": 1, "}": -1}.get(token.text, 0)

    def _skip_statement(self) -> None:
        while self._next(";").text != ";":
            pass

    def _next(self, expected: str) -> Token:
        if self.place >= len(self.tokens):
            self._fail(f"the file ends where {expected} should follow")
        self.place += 1
        return self.tokens[self.place - 1]

    def _word(self, expected: str) -> str:
        token = self._next(expected)
        if token.is_mark:
            self._fail(f"expected {expected}, not {token.text!r}")
        return token.text

    def _count(self) -> int:
        word = self._word("the number of states")
        if not word.isdigit():
            self._fail(f"expected the number of states, not {word!r}")
        return int(word)

    def _peek(self, mark: str) -> bool:
        if self.place >= len(self.tokens):
            return False
        token = self.tokens[self.place]
        return token.is_mark and token.text == mark

    def _take(self, mark: str) -> bool:
        if self.place >= len(self.tokens):
            self._fail(f"the file ends where {mark!r} should follow")
        found = self._peek(mark)
        self.place += found
        return found

    def _mark(self, mark: str) -> None:
        if not self._take(mark):
            self._fail(f"expected {mark!r}, not {self.tokens[self.place].text!r}")

    def _fail(self, what: str, start: int | None = None) -> NoReturn:
        if start is None:
            start = self.tokens[max(0, self.place - 1)].start if self.tokens else 0
        line = self.text.count("\n", 0, start) + 1
        raise BadInput(f"{self.name}, line {line}: {what}.")
