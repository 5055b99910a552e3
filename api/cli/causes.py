"""`gemba causes`: what bad units have in common that good ones have not."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli.options import AsOf, view_of
from api.cli.plant import JsonOption, with_settings
from api.cli.terminal import in_language, write, write_json, write_table
from api.cli.words import headings, word
from api.settings import Settings
from kg.model.errors import BadInput, NotFound

if TYPE_CHECKING:
    from kg.traceability.commonality import CommonCauses, RankedFactor


@with_settings
def causes(
    settings: Settings,
    what: Annotated[
        list[str] | None,
        typer.Argument(
            help="What is bad: units, lots, defects, defect types, complaints. Else every defect."
        ),
    ] = None,
    *,
    table: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Ask a plain table (CSV, workbook, JSON), not a store."),
    ] = None,
    bad: Annotated[
        list[str] | None,
        typer.Option(
            "--bad", metavar="COLUMN=VALUE",
            help="Rows of the table that are bad: also !=, >, >=, <, <=, or a column alone. "
            "Several: any of them.",
        ),
    ] = None,
    unit: Annotated[
        str | None,
        typer.Option(metavar="COLUMN", help="The table's column that names the unit of each row."),
    ] = None,
    bad_ids: Annotated[
        Path | None,
        typer.Option("--bad-ids", metavar="FILE", help="Ids of the bad units, one a line."),
    ] = None,
    good_ids: Annotated[
        Path | None,
        typer.Option("--good-ids", metavar="FILE",
                     help="Ids of the good units; else all other units of the kind."),
    ] = None,
    factor: Annotated[
        list[str] | None,
        typer.Option("--factor", metavar="COLUMN", help="Is a factor, whatever it looks like."),
    ] = None,
    outcome: Annotated[
        list[str] | None,
        typer.Option("--outcome", metavar="COLUMN", help="Is a result, so no cause."),
    ] = None,
    ignore: Annotated[
        list[str] | None,
        typer.Option("--ignore", metavar="COLUMN", help="Is not to be looked at."),
    ] = None,
    inspection: Annotated[
        list[str] | None,
        typer.Option("--inspection", metavar="COLUMN[=VALUE]",
                     help="Is about inspection, so no cause: a column, or the rows with a value."),
    ] = None,
    within: Annotated[
        list[str] | None,
        typer.Option("--within", metavar="product|route|time",
                     help="Compare only units of the same product, route or time."),
    ] = None,
    alpha: Annotated[
        float, typer.Option(help="Share of runs that may report something where nothing is.")
    ] = 0.03,
    shuffles: Annotated[int, typer.Option(help="Shuffles of the labels that correct for looks.")]
    = 999,
    seed: Annotated[int, typer.Option(help="Of the shuffles.")] = 0,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, help="Factors to rank.")] = 20,
    sheet: Annotated[str | None, typer.Option(help="Sheet of a workbook.")] = None,
    encoding: Annotated[str | None, typer.Option(help="Encoding of a text file.")] = None,
    draw: Annotated[
        Path | None,
        typer.Option("--draw", metavar="FILE", help="Draw a fishbone of the six Ms: .svg, .html."),
    ] = None,
    pareto: Annotated[
        Path | None,
        typer.Option("--pareto", metavar="FILE", help="Draw the bad units by cause: .svg, .html."),
    ] = None,
    as_of: AsOf = None,
    json: JsonOption = False,
) -> None:  # fmt: skip
    """Find what bad units have in common that good ones have not: people, assets, lots, settings.

    Exact tests of every factor, corrected for the number looked at, say whether there is any cause;
    which ones it is, is weighed over whole sets of factors, and each is told with its support. Who
    and what inspected is reported apart: who finds a defect has not made it.

    Example:

        gemba causes --table telemetry.csv --bad "Failure=1"
    """
    from api.drawing import draw_ishikawa, draw_pareto
    from api.drawing.canvas import save_drawing
    from api.drawing.pareto import bars_of
    from kg.traceability.commonality import CauseOptions

    options = CauseOptions(
        alpha, shuffles=shuffles, seed=seed, limit=limit, stratify=tuple(within or ())
    )
    if table is not None:
        found = _from_table(
            table, bad or [], unit, bad_ids, good_ids, what or [],
            columns=(factor or [], outcome or [], ignore or []), inspection=inspection or [],
            reading=(sheet, encoding), options=options,
        )  # fmt: skip
    else:
        if bad or unit or factor or outcome or ignore or inspection:
            raise BadInput("--bad, --unit and the columns are about a table; name it with --table.")
        found = _from_store(settings, what or [], bad_ids, good_ids, as_of, options)
    problem = ", ".join([*(bad or []), *(what or [])]) or word("Defects", settings.language)
    if draw is not None:
        save_drawing(draw, draw_ishikawa(found, problem, settings.language))
    if pareto is not None:
        save_drawing(pareto, draw_pareto(problem, bars_of(found, settings.language)))
    if json:
        write_json(found)
    else:
        _write(found, settings.language)
        if table is None and any(c.factor.facet in ("machine", "material") for c in found.causes):
            asked = " ".join(f'"{one}"' if " " in one else one for one in what or [])
            write(f"{word('What happened to them then', settings.language)}: gemba explain {asked}")


def _from_table(
    table: Path, bad: list[str], unit: str | None, bad_ids: Path | None, good_ids: Path | None,
    what: list[str], *, columns: tuple[list[str], list[str], list[str]], inspection: list[str],
    reading: tuple[str | None, str | None], options: object,
) -> CommonCauses:  # fmt: skip
    from api.plain_tables import find_column, read_ids, read_plain_table, select_rows, take_rows
    from kg.traceability.commonality import CauseOptions, find_common_causes
    from kg.traceability.commonality.tables import cohort_of_table

    assert isinstance(options, CauseOptions)
    plain = read_plain_table(table, sheet=reading[0], encoding=reading[1])
    names = [[find_column(plain.columns, c, str(table)).name for c in part] for part in columns]
    unit = find_column(plain.columns, unit, str(table)).name if unit is not None else None
    ids = [*what, *(read_ids(bad_ids) if bad_ids is not None else [])]
    if not bad and not ids:
        raise BadInput(
            "Say which rows are bad: --bad COLUMN=VALUE, or --unit COLUMN with --bad-ids FILE."
        )
    if ids and unit is None:
        raise BadInput("Ids of bad units need --unit COLUMN, the column that they are in.")
    rows, asked = select_rows(plain.columns, bad, str(table))
    if unit is not None and ids:
        rows |= select_rows(plain.columns, [f"{unit}={i}" for i in ids], str(table))[0]
    if good_ids is not None:
        if unit is None:
            raise BadInput("Ids of good units need --unit COLUMN, the column that they are in.")
        good = set(read_ids(good_ids))
        column = find_column(plain.columns, unit, str(table))
        keep = rows | [t in good for t in column.texts]
        plain, rows = take_rows(plain, keep), rows[keep]
    whole = {c.name.casefold(): c.name for c in plain.columns}
    looking = [whole[i.casefold()] for i in inspection if i.casefold() in whole]
    valued = [i for i in inspection if i.casefold() not in whole]
    made = cohort_of_table(
        plain.columns, rows, asked=asked, unit=unit, kept=names[0],
        dropped={**dict.fromkeys(names[1], "outcome"), **dict.fromkeys(names[2], "ignored")},
        looking=looking,
        looking_rows=select_rows(plain.columns, valued, str(table))[0] if valued else None,
    )  # fmt: skip
    return find_common_causes(
        made.cohort, options, left_out=made.left_out, notes=(*made.notes, *plain.notes)
    )


def _from_store(
    settings: Settings, what: list[str], bad_ids: Path | None, good_ids: Path | None,
    as_of: str | None, options: object,
) -> CommonCauses:  # fmt: skip
    from api.asking import keys_of
    from api.plain_tables import read_ids
    from api.wiring import open_plant
    from kg.traceability.commonality import CauseOptions
    from kg.traceability.commonality.asking import common_causes_of

    assert isinstance(options, CauseOptions)
    if not settings.is_server and not Path(settings.store).exists():
        raise NotFound(
            f"There is no store {settings.store} here; `gemba load FILE` makes one, or ask a file"
            " with --table FILE --bad COLUMN=VALUE.",
            ids=[settings.store],
        )
    with open_plant(settings) as plant:
        view = view_of(plant, as_of)
        asked = [*what, *(read_ids(bad_ids) if bad_ids is not None else [])]
        good = keys_of(plant, read_ids(good_ids), view) if good_ids is not None else None
        return common_causes_of(
            plant.store, plant.schema, keys_of(plant, asked, view), good=good, options=options,
            zone=settings.zone, view=view,
        )[0]  # fmt: skip


def _write(found: CommonCauses, language: str) -> None:
    write(in_language(found.summary, language))
    for cause in found.causes:
        facet = word(cause.factor.facet, language)
        write(f"\n{cause.rank}. [{facet}] {in_language(cause.sentence, language)}")
        odds = cause.effect.odds_ratio
        low = "-" if odds.low is None else f"{odds.low:.3g}"
        high = "∞" if odds.high is None else f"{odds.high:.3g}"
        value = "∞" if odds.value is None else f"{odds.value:.3g}"
        write(
            f"   {word('odds ratio', language)} {value} ({low}–{high}), p = {cause.p:.2g}, "
            f"{word('corrected for all looked at', language)} {cause.p_corrected:.3g}, "
            f"{word('support', language)} {cause.support:.2f}"
        )
        write(f"   {word('for example', language)}: {', '.join(cause.examples[:5])}")
    if found.ranking:
        write(f"\n{word('Each factor on its own', language)}:")
        _write_ranking(found.ranking, language)
    if found.inspection_note is not None:
        write(f"\n{in_language(found.inspection_note, language)}")
        _write_ranking(found.inspection, language)
    write(f"\n{in_language(found.minimum.sentence, language)}")
    for left in found.left_out:
        write(f"{word('Left out', language)}: {in_language(left.sentence, language)}")
    for note in found.notes:
        write(f"{word('Note', language)}: {in_language(note, language)}")


def _write_ranking(ranking: tuple[RankedFactor, ...], language: str) -> None:
    write_table(
        headings(["Facet", "What", "Bad", "Units", "p", "q"], language),
        [
            (
                word(r.factor.facet, language),
                in_language(r.factor.label, language),
                r.exposed_bad,
                r.exposed,
                f"{r.p:.2g}",
                f"{r.q_bh:.2g}",
            )
            for r in ranking
        ],
        right=[2, 3, 4, 5],
    )


COMMANDS = (causes,)
