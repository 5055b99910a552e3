"""Fitting a network, epoch by epoch, so that it can be interrupted and goes on as if it had not.

AdamW with rates that rise and then fall linearly, lower for the lower layers of the encoder; the
weights that are measured and kept are exponential averages of those that are learnt. After every
epoch all that is needed to go on is written, without pickles.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

import numpy as np
import torch
from torch import Tensor, nn

from extraction.learning.accurate.settings import Settings
from extraction.learning.protocol import Progress
from kg.model.errors import BadInput

FOLDED = "train and dev"  # the course that dev is learnt from in
LONG = 2_400_000  # pieces that all courses read, from which one more would take too many minutes;
# a core reads a thousand a second or more
_CLIP = 1.0  # greatest norm of a step's gradient
_LATEST = 0.3  # share of the epochs that go by before anything is measured

Item = TypeVar("Item")


@dataclass(frozen=True)
class Course(Generic[Item]):
    """What is fitted to what, and how it is measured.

    `plan` gives the batches of an epoch; `loss` of a batch; `measure` a score of the network as
    it stands and how to say it. Without `measure` the last epoch counts as the best; `until` ends
    a course after that many of its epochs, with the rates that they have in the whole of it.
    """

    name: str
    digest: str  # of texts and settings; another one's work is not gone on with
    epochs: int
    seed: int
    plan: Callable[[np.random.Generator], Sequence[Item]]
    loss: Callable[[Item], Tensor]
    measure: Callable[[], tuple[float, str]] | None
    before: float = 0.0  # share of the whole training that is done by then
    share: float = 1.0  # of the whole training
    until: int = 0  # epochs; 0: all

    @property
    def last(self) -> int:
        return self.until or self.epochs


def fit(
    network: nn.Module,
    encoder: nn.Module,
    course: Course[Any],
    settings: Settings,
    work: Path | None,
    progress: Progress,
) -> dict[str, Any]:
    """Fit the network and leave the weights of the best epoch in it.

    Returns the epoch, counted from 1, and the score of every epoch.
    """
    return _Fit(network, encoder, course, settings, work, progress).run()


class _Fit:
    def __init__(
        self,
        network: nn.Module,
        encoder: nn.Module,
        course: Course[Any],
        settings: Settings,
        work: Path | None,
        progress: Progress,
    ) -> None:
        self.network = network
        self.encoder = encoder
        self.course = course
        self.settings = settings
        self.work = work
        self.progress = progress
        self.named = dict(network.named_parameters())
        self.learnt = list(self.named.values())
        self.average = [parameter.detach().clone() for parameter in self.learnt]
        self.best = [tensor.clone() for tensor in self.average]
        self.optimizer = torch.optim.AdamW(_rates(network, encoder, settings), fused=True)
        self.tops = [group["lr"] for group in self.optimizer.param_groups]
        self.epoch = 0
        self.step = 0
        self.best_epoch = 0
        self.scores: list[float] = []

    def run(self) -> dict[str, Any]:
        course = self.course
        torch.manual_seed(course.seed)
        self._resume()
        took: list[float] = []
        while self.epoch < course.last:
            started = time.perf_counter()
            loss = self._run_epoch()
            words = self._measure()
            self._keep()
            took.append(time.perf_counter() - started)
            done = course.before + course.share * self.epoch / course.last
            pace = course.share * len(took) / course.last / sum(took)
            self.progress(
                f"{course.name}, epoch {self.epoch} of {course.last}: loss {loss:.2f}"
                f"{words}; {_say((1 - done) / pace)} left",
                done,
            )
        with torch.no_grad():
            for parameter, tensor in zip(self.learnt, self.best, strict=True):
                parameter.copy_(tensor)
        return {"epoch": self.best_epoch, "dev": [round(score, 4) for score in self.scores]}

    def _run_epoch(self) -> float:
        self.network.train()
        random = np.random.default_rng([self.course.seed, self.epoch])
        batches = self.course.plan(random)
        total = len(batches) * self.course.epochs
        warm = max(1, round(self.settings.warmup * total))
        decay = self._decay(len(batches))
        losses = 0.0
        for batch in batches:
            share = min((self.step + 1) / warm, (total - self.step) / max(1, total - warm))
            for group, top in zip(self.optimizer.param_groups, self.tops, strict=True):
                group["lr"] = top * max(0.0, share)
            self.optimizer.zero_grad(set_to_none=True)
            loss = self.course.loss(batch)
            loss.backward()  # type: ignore[no-untyped-call]
            if self.settings.adversarial:
                self._disturb(batch)
            torch.nn.utils.clip_grad_norm_(self.learnt, _CLIP, foreach=True)
            self.optimizer.step()
            self.step += 1
            with torch.no_grad():
                rate = 1 - min(decay, self.step / (self.step + 10))
                torch._foreach_lerp_(self.average, list[Tensor](self.learnt), rate)
            losses += float(loss.detach())
        self.epoch += 1
        if not np.isfinite(losses):
            raise BadInput(
                "The training ran away (its loss is no number); lower encoder_rate and head_rate."
            )
        return losses / max(1, len(batches))

    def _decay(self, steps: int) -> float:
        horizon = self.settings.averaging * steps
        return 1 - 1 / horizon if horizon > 1 else 0.0

    def _disturb(self, batch: Any) -> None:
        """Adds the gradient at embeddings moved against us (Miyato et al., 2017)."""
        embedding = self.encoder.get_input_embeddings().weight  # type: ignore[operator]
        size = embedding.grad.norm()
        if not size > 0:
            return
        step = self.settings.adversarial * embedding.grad / size
        with torch.no_grad():
            embedding.add_(step)
        self.course.loss(batch).backward()  # type: ignore[no-untyped-call]
        with torch.no_grad():
            embedding.sub_(step)

    def _measure(self) -> str:
        """The averaged weights on dev, said in words; kept where they are the best so far."""
        last = self.epoch == self.course.last
        if self.course.measure is None:
            if last:
                self.best_epoch = self.epoch
                _copy(self.best, self.average)
            return ""
        if not last and self.epoch <= _LATEST * self.course.epochs:
            self.scores.append(-1.0)
            return ""
        random = torch.get_rng_state()
        current = [parameter.detach().clone() for parameter in self.learnt]
        with torch.no_grad():
            _copy(self.learnt, self.average)
            score, words = self.course.measure()
            _copy(self.learnt, current)
        torch.set_rng_state(random)
        if not self.best_epoch or score > self.scores[self.best_epoch - 1]:
            self.best_epoch = self.epoch
            _copy(self.best, self.average)
        self.scores.append(score)
        return f", {words}"

    def _keep(self) -> None:
        if self.work is None:
            return
        from safetensors.torch import save_file

        tensors = {"random": torch.get_rng_state()}
        for n, (name, parameter) in enumerate(self.named.items()):
            tensors[f"learnt/{name}"] = parameter.detach()
            tensors[f"average/{name}"] = self.average[n]
            tensors[f"best/{name}"] = self.best[n]
            for key, value in self.optimizer.state.get(parameter, {}).items():
                tensors[f"state/{key}/{name}"] = value
        if self.epoch == self.course.last:  # there is nothing left to go on with
            tensors = {name: t for name, t in tensors.items() if name.startswith("best/")}
        meta = {
            "digest": self.course.digest,
            "epoch": self.epoch,
            "step": self.step,
            "best_epoch": self.best_epoch,
            "scores": self.scores,
        }
        new = self._path.with_suffix(".new")
        save_file(tensors, new, {"meta": json.dumps(meta)})
        new.replace(self._path)

    @property
    def _path(self) -> Path:
        assert self.work is not None
        return self.work / f"{self.course.name.replace(' ', '-')}.safetensors"

    def _resume(self) -> None:
        if self.work is None or not self._path.is_file():
            return
        from safetensors import SafetensorError, safe_open

        try:
            with safe_open(self._path, "pt") as file:
                meta = json.loads(file.metadata()["meta"])
                if meta["digest"] != self.course.digest:
                    return
                tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        except (SafetensorError, KeyError, ValueError, TypeError):
            return  # was cut off while it was written; the training begins again
        for n, (name, parameter) in enumerate(self.named.items()):
            self.best[n].copy_(tensors[f"best/{name}"])
            if f"learnt/{name}" not in tensors:
                continue
            with torch.no_grad():
                parameter.copy_(tensors[f"learnt/{name}"])
            self.average[n].copy_(tensors[f"average/{name}"])
            state = {
                key: tensors[f"state/{key}/{name}"]
                for key in ("step", "exp_avg", "exp_avg_sq")
                if f"state/{key}/{name}" in tensors
            }
            if state:
                self.optimizer.state[parameter] = state
        self.epoch, self.step = meta["epoch"], meta["step"]
        self.best_epoch, self.scores = meta["best_epoch"], meta["scores"]
        if "random" in tensors:
            torch.set_rng_state(tensors["random"])
        self.progress(f"{self.course.name}: going on after epoch {self.epoch}", None)


def _copy(into: Sequence[Tensor], given: Sequence[Tensor]) -> None:
    with torch.no_grad():
        for one, other in zip(into, given, strict=True):
            one.copy_(other)


def _rates(network: nn.Module, encoder: nn.Module, settings: Settings) -> list[dict[str, Any]]:
    """Groups of parameters, each with its rate and its decay (none for biases and the like)."""
    layers = _layer_names(encoder)
    groups: dict[tuple[float, float], list[nn.Parameter]] = {}
    below = {id(p): name for name, p in encoder.named_parameters()}
    for parameter in network.parameters():
        name = below.get(id(parameter))
        if name is None:
            rate = settings.head_rate
        else:
            under = next((n for n, layer in enumerate(layers) if name.startswith(layer)), -1)
            rate = settings.encoder_rate * settings.layer_decay ** (len(layers) - 1 - under)
        decay = settings.weight_decay if parameter.ndim > 1 and "embed" not in (name or "") else 0.0
        groups.setdefault((rate, decay), []).append(parameter)
    return [
        {"params": parameters, "lr": rate, "weight_decay": decay}
        for (rate, decay), parameters in groups.items()
    ]


def _layer_names(encoder: nn.Module) -> list[str]:
    """Prefixes of the encoder's layers, the lowest first: its longest list of modules."""
    longest = max(
        (
            (name, module)
            for name, module in encoder.named_modules()
            if type(module) is nn.ModuleList
        ),
        key=lambda pair: len(pair[1]),
        default=("", nn.ModuleList()),
    )
    return [f"{longest[0]}.{n}." for n in range(len(longest[1]))]


def _say(seconds: float) -> str:
    return f"{seconds / 60:.0f} min" if seconds >= 90 else f"{seconds:.0f} s"
