"""The language of mapping files, as pydantic models: what may be written where.

`data/mappings/README.md` explains it to those who write mappings. These models check the form of
each entry; `checking` then checks that the entries fit together and fit the ontology.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator, model_validator

Dealing = Literal["ignore", "report", "reject"]  # what to do about a cell
ColumnType = Literal[
    "text", "code", "names", "number", "integer", "date", "duration", "quantity", "yes_no"
]


def _as_list(value: Any) -> Any:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _as_text(value: Any) -> Any:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    return "" if value is None else value


Text = Annotated[str, BeforeValidator(_as_text)]
Texts = Annotated[list[Text], BeforeValidator(_as_list)]
TextMap = dict[Text, Text]


class Entry(BaseModel):
    """What all entries share: unknown keys are errors, not silently ignored."""

    model_config = ConfigDict(extra="forbid", frozen=True)


NOTHING = ["N/A", "#N/A", "NULL", "None", "NaN", "-", "--", "—", "/", "\\N"]


class UnpivotSpec(Entry):
    """Which columns of a wide table stay; each cell of the others becomes a row of its own."""

    keep: Texts
    name: Text  # the new column with the headers of the others
    value: Text  # the new column with their cells


class SourceSpec(Entry):
    """How the file is read before any cell is looked at."""

    encoding: str | None = None
    delimiter: str | None = None
    sheet: Text | None = None  # a name, a pattern with *, or the number of the sheet from 1
    header_row: int | None = Field(default=None, ge=1)
    header_rows: int = Field(default=1, ge=1, le=5)
    fill_down: Texts = []
    same_as_above: Texts = []
    empty: Texts = NOTHING
    decimal: Literal[".", ","] | None = None
    day_first: bool | None = None
    rows: str | None = None
    explode: Texts = []
    unpivot: UnpivotSpec | None = None
    query: str | None = None
    ragged: Literal["reject", "pad"] = "reject"

    @field_validator("delimiter")
    @classmethod
    def _one_character(cls, value: str | None) -> str | None:
        named = {"tab": "\t", "\\t": "\t", "comma": ",", "semicolon": ";", "bar": "|"}
        value = named.get(value.lower(), value) if value else value
        if value is not None and len(value) != 1:
            raise ValueError("must be one character, or tab, comma, semicolon or bar")
        return value


class LookupSpec(Entry):
    """Take a value from another table."""

    table: str
    match: Texts
    take: Texts


class ColumnSpec(Entry):
    """One value of a row: where it stands and how it is read."""

    header: Texts = []
    value: str | None = None
    required: bool = False
    type: ColumnType | None = None
    empty: Texts = []
    default: Text | None = None
    extract: str | None = None
    split: Texts = []
    map: TextMap | None = None
    lookup: LookupSpec | None = None
    if_unknown: Literal["keep", "drop", "reject", "pass", "ignore"] = "keep"
    if_missing: Dealing = "ignore"
    if_bad: Dealing = "report"
    formats: Texts = []
    time_zone: str | None = None
    day_first: bool | None = None
    decimal: Literal[".", ","] | None = None
    unit: str | None = None
    unit_column: str | None = None
    future: Literal["allow", "report"] = "report"
    scale: int | Literal["auto"] | None = None

    @model_validator(mode="after")
    def _one_origin(self) -> ColumnSpec:
        if self.map is not None and self.lookup is not None:
            raise ValueError("has both map and lookup; keep one, or make a second column")
        if self.value is not None and self.header:
            raise ValueError("has both header and value; a computed column has no header")
        return self


class TableSpec(Entry):
    """Another table that columns look values up in; `rows` writes it out in the mapping."""

    file: Texts = []
    sheet: Text | None = None
    encoding: str | None = None
    optional: bool = False
    rows: list[dict[Text, Text]] | None = None

    @model_validator(mode="after")
    def _one_origin(self) -> TableSpec:
        if (not self.file) == (self.rows is None):
            raise ValueError("needs either file or rows")
        for name in self.file:
            if "/" in name or "\\" in name or name.startswith("."):
                raise ValueError(
                    f"{name!r} must be a plain file name; it is looked for beside the loaded file"
                    " and in the folders next to it"
                )
        return self


class ClassChoice(Entry):
    """The class of a thing, chosen per row by a column's value."""

    column: str
    map: TextMap
    default: str | None = None


class Fixed(Entry):
    """A value that is the same for every row."""

    fixed: str | int | float | bool


PropertySpec = Text | Fixed
ConditionSpec = dict[str, Any]


class ThingSpec(Entry):
    """A node of the graph that a row speaks of."""

    class_: str | ClassChoice = Field(alias="class")
    code: Text | None = None
    name: Text | None = None
    concept: str | None = None
    other_names: Texts = []
    properties: dict[str, PropertySpec] = {}
    at: str | None = None
    from_: str | None = Field(default=None, alias="from")
    to: str | None = None
    when: ConditionSpec | None = None
    if_missing: Dealing = "ignore"
    unique: bool = False
    number_repeats: bool = False
    confidence: float | None = Field(default=None, gt=0, le=1)


class StatementSpec(Entry):
    """A relation between two things of a row."""

    say: str
    when: ConditionSpec | None = None
    # A number from 0 to 1, or the column that holds one.
    confidence: Annotated[float, Field(gt=0, le=1)] | str | None = None
    suggested: bool = False
    properties: dict[str, PropertySpec] = {}
    at: str | None = None
    from_: str | None = Field(default=None, alias="from")
    to: str | None = None
    always: bool = False
    once: bool = False
    pairwise: bool = False
    quote: str | None = None

    @field_validator("say")
    @classmethod
    def _three_words(cls, value: str) -> str:
        if len(value.split()) != 3:
            raise ValueError("must be three words: a thing, a relation, a thing")
        return value


TimedSpec = ThingSpec | StatementSpec


class TextSpec(Entry):
    """A column of free text that is handed to text extraction."""

    column: str
    role: str = "description"
    record: str | None = None
    asset: str | None = None
    at: str | None = None
    when: ConditionSpec | None = None
    language: str | None = None


class CheckSpec(Entry):
    """Something to look out for in a row."""

    when: ConditionSpec | None = None
    code: str | None = None
    message: str | None = None
    then: Literal["report", "reject", "skip"] = "report"
    text: str | None = None
    names_other: str | None = None

    @model_validator(mode="after")
    def _one_kind(self) -> CheckSpec:
        if (self.when is None) == (self.names_other is None):
            raise ValueError("needs either when (with code and message) or text with names_other")
        if self.when is not None and self.then != "skip" and not (self.code and self.message):
            raise ValueError("needs a code (one short word) and a message (a sentence)")
        if self.names_other is not None and self.text is None:
            raise ValueError("needs text: the column whose text is searched")
        return self


class UnlikeSpec(Entry):
    """Headers by which a table is known to be of another kind, unless it has certain columns."""

    header: Texts
    unless: Texts = []


def _as_statement(value: Any) -> Any:
    return {"say": value} if isinstance(value, str) else value


def _as_column(value: Any) -> Any:
    if value is None:
        return {}
    return {"header": value} if isinstance(value, str | list) else value


class MappingSpec(Entry):
    """A whole mapping file."""

    mapping: str = Field(pattern=r"^[\w][\w.-]*$")
    title: str
    about: str = ""
    language: str | None = None
    time_zone: str | None = None
    confidence: float = Field(default=1.0, gt=0, le=1)
    source: SourceSpec = SourceSpec()
    constants: dict[str, Text] = {}
    needs: list[Texts] = []  # one of these sets of columns must be there; `a|b` is either
    unlike: UnlikeSpec | None = None
    columns: dict[str, Annotated[ColumnSpec, BeforeValidator(_as_column)]]
    tables: dict[str, TableSpec] = {}
    things: dict[str, ThingSpec]
    statements: list[Annotated[StatementSpec, BeforeValidator(_as_statement)]] = []
    texts: list[TextSpec] = []
    checks: list[CheckSpec] = []
