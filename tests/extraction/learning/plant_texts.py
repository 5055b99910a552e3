"""Small labelled texts that follow rules, so that a test knows what can be learnt from them."""

from __future__ import annotations

from random import Random

from extraction.learning.examples import Labelled, Respelt

PARTS = [
    "pump",
    "hose",
    "valve",
    "bearing",
    "motor",
    "filter",
    "gearbox",
    "conveyor",
    "screen",
    "brake",
]


def respelt_texts(number: int, seed: int) -> list[Respelt]:
    """Asset tags meant as <tag>, capitals lowered, abbreviations, `w/o` by what follows it."""
    rng = Random(seed)
    texts = []
    for n in range(number):
        tag = "".join(rng.choices("ABCDEFGHKLMNPRST", k=2)) + str(rng.randrange(100, 1000))
        part = rng.choice(PARTS)
        words = [(tag, "<tag>")]
        if rng.random() < 0.5:
            words.append((rng.choice(["REPL", "repl", "Replace"]), "replace"))
        if rng.random() < 0.3:
            words += [("W/O", "without"), ("power", "power")]
        elif rng.random() < 0.4:
            words += [("W/O", "work order"), ("number", "number"), (str(n), "<num>")]
        words.append((part.upper() if rng.random() < 0.5 else part, part))
        if rng.random() < 0.3:
            words += [("over", "overheating"), ("heating", "")]
        texts.append(Respelt(f"t{n}", tuple(words)))
    return texts


def labelled_texts(number: int, seed: int, chinese: bool = False) -> list[Labelled]:
    """Texts with a label that one of their words tells."""
    english = {
        "Leaking": ["leaks oil", "leaking", "oil leak", "drips"],
        "Noise": ["noisy", "squeals", "grinding noise", "rattles"],
        "Overheating": ["too hot", "overheats", "high temperature", "runs hot"],
    }
    han = {
        "泄漏": ["漏油", "漏水", "渗油", "滴漏"],
        "噪声": ["异响", "有噪音", "响声大", "吱吱响"],
        "过热": ["温度高", "过热", "发烫", "温升大"],
    }
    rng = Random(seed)
    texts = []
    for n in range(number):
        label, words = rng.choice(sorted((han if chinese else english).items()))
        part = rng.choice(["泵", "阀", "电机", "轴承", "油缸"] if chinese else PARTS)
        texts.append(Labelled(f"t{n}", f"{part}{'' if chinese else ' '}{rng.choice(words)}", label))
    return texts


def norm_file(texts: list[Respelt]) -> str:
    """The texts in the format `norm`."""
    return "\n\n".join("\n".join(f"{w}\t{m}" for w, m in text.words) for text in texts) + "\n"
