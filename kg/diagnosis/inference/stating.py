"""Observations as people type them: `X=s, Y!=t, Z=?, "odd, name"="state = 1", W=a:0.7|b:0.3`.

`=` is a state, `!=` evidence against one, `=?` asked and unknown, `=state:number|state:number` a
soft reading. Names and states with commas or equals signs are quoted, with `\\"` for a quotation
mark; without quotes they are understood too where only one reading fits the network.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from kg.diagnosis.inference.network import Network, Variable
from kg.diagnosis.inference.observations import (
    Observation,
    collect,
    exclude,
    leave_unknown,
    observe,
    soften,
)
from kg.model.errors import BadInput, NotFound

Nearest = Callable[[str, Iterable[str]], Sequence[str]]


class _Character(NamedTuple):
    text: str
    is_quoted: bool


def parse_names(text: str, network: Network, nearest: Nearest) -> list[str]:
    """Variables of `A, B, "C, D"`. Raises NotFound with the nearest names."""
    found: list[str] = []
    pieces = _split(_characters(text), ",")
    start = 0
    while start < len(pieces):
        for end in range(len(pieces), start, -1):
            name = _find(_plain(_join(pieces[start:end], ",")), network)
            if name is not None:
                found.append(name)
                start = end
                break
        else:
            wrong = _plain(pieces[start])
            if wrong:
                raise _no_variable(wrong, network, nearest)
            start += 1
    return list(dict.fromkeys(found))


def parse_observations(
    texts: Sequence[str], network: Network, nearest: Nearest
) -> dict[str, Observation]:
    """The observations that `texts` state; several of one variable are taken together.

    Raises NotFound for names and states that are not there (with the nearest), BadInput for text
    that is not a list of observations.
    """
    seen: list[Observation] = []
    for text in texts:
        pieces = _split(_characters(text), ",")
        start = 0
        while start < len(pieces):
            if not _plain(pieces[start]):
                start += 1
                continue
            for end in range(len(pieces), start, -1):  # a name or state may hold commas
                found = _statement(_join(pieces[start:end], ","), network)
                if found is not None:
                    seen.append(found)
                    start = end
                    break
            else:
                raise _what_is_wrong(pieces[start], network, nearest)
    return collect(network, *seen)


def _statement(characters: list[_Character], network: Network) -> Observation | None:
    """The observation, None where no reading of the characters fits the network."""
    places = [i for i, c in enumerate(characters) if c == _Character("=", False)]
    for place in places:
        against = place > 0 and characters[place - 1] == _Character("!", False)
        for cut in {place - 1, place} if against else {place}:
            name = _find(_plain(characters[:cut]), network)
            if name is None:
                continue
            said = _plain(characters[place + 1 :])
            negated = against and cut < place
            state = _match(said, network[name].states)
            if state is not None:
                seen = exclude if negated else observe
                return seen(network, name, state)
            if said == "?" and not negated:
                return leave_unknown(network, name)
            soft = None if negated else _reading(characters[place + 1 :], network[name])
            if soft is not None:
                return soften(network, name, soft)
    return None


def _reading(characters: list[_Character], variable: Variable) -> dict[str, float] | None:
    """`state:number|state:number`, None where it is not that."""
    found: dict[str, float] = {}
    for part in _split(characters, "|"):
        colons = [i for i, c in enumerate(part) if c == _Character(":", False)]
        if not colons:
            return None
        state = _match(_plain(part[: colons[-1]]), variable.states)
        try:
            value = float(_plain(part[colons[-1] + 1 :]))
        except ValueError:
            return None
        if state is None:
            return None
        found[state] = value
    return found


def _what_is_wrong(
    characters: list[_Character], network: Network, nearest: Nearest
) -> BadInput | NotFound:
    text = _plain(characters)
    places = [i for i, c in enumerate(characters) if c == _Character("=", False)]
    if not places:
        if _find(text, network) is not None:
            return BadInput(
                f"Say which state {text!r} was in, such as {text}={_example(network, text)}."
            )
        return BadInput(f"{text!r} is not an observation; write NAME=STATE, several with commas.")
    for place in places:
        against = place > 0 and characters[place - 1] == _Character("!", False)
        name = _find(_plain(characters[: place - against]), network)
        if name is not None:
            said = _plain(characters[place + 1 :])
            states = network[name].states
            near = list(nearest(said, states)) or list(states[:8])
            return NotFound(f"{name!r} has no state {said!r}.", ids=[name], nearest=near)
    place = places[0]
    against = place > 0 and characters[place - 1] == _Character("!", False)
    return _no_variable(_plain(characters[: place - against]), network, nearest)


def _no_variable(name: str, network: Network, nearest: Nearest) -> NotFound:
    return NotFound(
        f"The network has no variable {name!r}.", ids=[name], nearest=list(nearest(name, network))
    )


def _example(network: Network, name: str) -> str:
    found = _find(name, network)
    return network[found].states[0] if found is not None else "STATE"


def _find(name: str, network: Network) -> str | None:
    return name if name in network else _match(name, list(network))


def _match(said: str, known: Sequence[str]) -> str | None:
    """What was said, exactly or, where only one differs by case alone, that one."""
    if said in known:
        return said
    alike = [k for k in known if k.strip().casefold() == said.casefold()]
    return alike[0] if len(alike) == 1 else None


def _characters(text: str) -> list[_Character]:
    found: list[_Character] = []
    quoted, place = False, 0
    while place < len(text):
        letter = text[place]
        if letter == "\\" and text[place + 1 : place + 2] in ('"', "\\"):
            found.append(_Character(text[place + 1], True))
            place += 2
            continue
        if letter == '"':
            quoted = not quoted
        else:
            found.append(_Character(letter, quoted))
        place += 1
    if quoted:
        raise BadInput(f"A quotation mark is not closed in {text!r}.")
    return found


def _split(characters: list[_Character], mark: str) -> list[list[_Character]]:
    pieces: list[list[_Character]] = [[]]
    for character in characters:
        if character == _Character(mark, False):
            pieces.append([])
        else:
            pieces[-1].append(character)
    return pieces


def _join(pieces: Sequence[list[_Character]], mark: str) -> list[_Character]:
    joined = list(pieces[0])
    for piece in pieces[1:]:
        joined.append(_Character(mark, True))
        joined.extend(piece)
    return joined


def _plain(characters: Sequence[_Character]) -> str:
    """The text without the spaces around it that are not quoted."""
    first, last = 0, len(characters)
    while first < last and characters[first].text.isspace() and not characters[first].is_quoted:
        first += 1
    while (
        last > first and characters[last - 1].text.isspace() and not characters[last - 1].is_quoted
    ):
        last -= 1
    return "".join(c.text for c in characters[first:last])
