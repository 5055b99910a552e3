"""A diagnosis session on the terminal: one question after the other, until it pays to inspect."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import typer

from api.audit import Actor
from api.cli.telling import percent, write_diagnosis
from api.cli.terminal import in_language, write, write_json
from api.cli.words import word
from api.diagnosis import answer_session, give_feedback, start_session, undo_answer
from api.settings import Settings
from api.wiring import Plant
from kg.diagnosis import NextStep, Session, SessionState, sessions
from kg.model.errors import GembaError
from kg.model.graph import View

_YES = {"y", "yes", "是", "有"}
_NO = {"n", "no", "否", "无", "没有"}
_UNKNOWN = {"?", "u", "unknown", "不知道", "不清楚"}
_UNDO, _STOP, _SHOW = {"undo", "b", "撤销"}, {"q", "quit", "stop", "退出"}, {"s", "show", "显示"}
_FIXED = ("fixed", "修好")


def run_session(
    plant: Plant, asset: str, symptoms: Sequence[str], *, limit: int, as_json: bool, view: View
) -> None:
    """Start a session; ask where somebody is there to answer, else print how it stands."""
    session = start_session(plant.store, _actor(plant.settings), asset, symptoms)
    go_on(plant, session, limit=limit, as_json=as_json, view=view)


def go_on(plant: Plant, session: Session, *, limit: int, as_json: bool, view: View) -> None:
    """Show how a session stands, and ask on."""
    state = sessions.tell(plant.store, plant.schema, session, view=view, limit=limit)
    if as_json:
        write_json(state)
        return
    language = plant.settings.language
    write_diagnosis(state.diagnosis, language, checks=False)
    write_step(state.next, language)
    write(f"{word('Session', language)} {session.id}: gemba sessions show {session.id}")
    if sys.stdin.isatty() and session.ended_at is None:
        _ask(plant, state, limit, view)


def write_step(step: NextStep, language: str) -> None:
    """The next step with its reason, and the other questions."""
    write(f"\n{in_language(step.sentence, language)}")
    for question in step.questions[1 if step.ask else 0 : 4]:
        text, reason = in_language(question.text, language), in_language(question.reason, language)
        write(f"  {word('or', language)} {text} ({reason})")


def _ask(plant: Plant, state: SessionState, limit: int, view: View) -> None:
    """Question, answer, and how the causes stand now, until there is nothing worth asking."""
    language, actor = plant.settings.language, _actor(plant.settings)
    session = state.session
    while True:
        step = state.next
        question = step.questions[0] if step.ask else None
        said = typer.prompt(word("y/n/?, undo, show, q, or fixed CAUSE", language), default="q")
        try:
            if said.casefold() in _STOP:
                return
            if said.casefold() in _UNDO:
                session = undo_answer(plant.store, actor, session.id)
            elif said.casefold() in _SHOW:
                write_diagnosis(state.diagnosis, language, checks=False)
                continue
            elif said.casefold().startswith(_FIXED):
                cause = said.partition(" ")[2].strip() or (step.inspect.key if step.inspect else "")
                learnt = give_feedback(
                    plant.store, plant.schema, actor, cause, "fixed", session=session.id
                )
                write(f"{word('Learnt', language)} {learnt.id}")
                return
            elif question is not None and said.casefold() in _YES | _NO | _UNKNOWN:
                session = answer_session(
                    plant.store, actor, session.id, question.named.key,
                    answer="yes" if said.casefold() in _YES
                    else "no" if said.casefold() in _NO else "unknown",
                    cause=question.about.key if question.about else "",
                )  # fmt: skip
            else:  # something else that was seen
                session = answer_session(plant.store, actor, session.id, said, answer="yes")
        except GembaError as error:
            write(str(error))
            continue
        state = sessions.tell(plant.store, plant.schema, session, view=view, limit=limit)
        for cause in state.diagnosis.causes:
            name = in_language(cause.named.label, language)
            write(f"  {cause.rank}. {name}  {percent(cause.probability)}")
        write_step(state.next, language)


def _actor(settings: Settings) -> Actor:
    return Actor(settings.actor, "cli")
