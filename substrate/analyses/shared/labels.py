"""Which domains have labels to learn, on which samples, and what makes these dependent."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from jaxtyping import Int, Shaped

from substrate.analyses.spec import AnalysisError
from substrate.domains.splits import blocks, is_within
from substrate.numerics.transfer.support.folds import groups_per_class
from substrate.runs import Run
from substrate.wording import Nouns, samples_of

#: Strips of each photograph where there are too few photographs to hold whole ones out.
STRIPS = 5
#: Images that are learnt at most, drawn at random and counted on the page: probes of tens of
#: thousands take hours.
MOST = 4000
FACES = "face"
NO_LABELS = "No domain of this run has labels to learn."


@dataclass(frozen=True, eq=False)
class Labelled:
    """The samples of a domain that have a class, and what is held out together.

    ``groups`` are photographs, or separated strips of photographs where ``within``; ``left_out``
    says which samples have no part and why.
    """

    rows: Int[np.ndarray, " n"]
    labels: Shaped[np.ndarray, " n"]
    groups: Shaped[np.ndarray, " n"]
    photographs: int
    within: bool
    left_out: str
    nouns: Nouns

    @property
    def classes(self) -> tuple[str, ...]:
        """The classes in order."""
        return tuple(np.unique(self.labels).tolist())

    @property
    def counted(self) -> str:
        """How many images of how many photographs."""
        return samples_of(len(self.rows), self.photographs, self.nouns)

    @property
    def unit(self) -> str:
        """What the folds hold out."""
        groups = f"{self.nouns.group}s"
        return f"strips within {groups}" if self.within else groups


def labelled(run: Run, domain: str, *, most: int | None = MOST) -> Labelled:
    """Return what of a domain can be learnt: so many images at most, or all of them.

    Raises
    ------
    AnalysisError
        If there are not two classes of two photographs each; the message says what there is.
    """
    samples, nouns = run.samples(domain), run.domains[domain].nouns
    reason = unlabelled(samples, run.domains[domain].title, nouns)
    if reason:
        raise AnalysisError(reason)
    labels = samples["label"].to_numpy(dtype=str)
    photographs = samples["group"].to_numpy(dtype=str)
    kept, groups, within = labels != "", photographs, is_within(samples)
    notes = [_count(~kept, "without a label")]
    if within:
        strip = blocks(samples, count=STRIPS)
        notes.append(_count(kept & (strip < 0), "on the cuts between strips"))
        kept &= strip >= 0
        groups = np.char.add(np.char.add(photographs, "/"), strip.astype(str))
    if most is not None and (beyond := np.flatnonzero(kept)).size > most:
        beyond = np.random.default_rng(0).permutation(beyond)[most:]
        notes.append(
            _count(np.isin(np.arange(len(kept)), beyond), f"beyond {most:,} drawn at random")
        )
        kept[beyond] = False
    alone = _alone(labels[kept], groups[kept])
    notes.append(_count(kept & np.isin(labels, alone), f"of classes of one {nouns.group}"))
    rows = np.flatnonzero(kept & ~np.isin(labels, alone))
    if len(np.unique(labels[rows])) < 2:
        raise AnalysisError(
            f"{run.domains[domain].title}: fewer than two classes come from two {nouns.groups} or "
            f"more, so none can be tested on {nouns.groups} not yet seen. Give every class two."
        )
    return Labelled(
        rows,
        labels[rows],
        groups[rows],
        len(np.unique(photographs[rows])),
        within,
        "; ".join(note for note in notes if note),
        nouns,
    )


def unlabelled(samples: pd.DataFrame, title: str, nouns: Nouns) -> str:
    """Say why a domain has nothing to learn, or nothing where it has."""
    names = set(samples["label"]) - {""}
    if not names:
        text = f"{title}: the images carry no labels."
        if samples["group"].duplicated().any():
            text += f" The {nouns.group} that a {nouns.sample} is from is no label."
        return text
    if len(names) == 1:
        return f"{title}: all images are of one class, {names.pop()!r}."
    return ""


def choices(run: Run) -> tuple[tuple[str, ...], dict[str, str]]:
    """Return the domains that can be learnt, and why each other one cannot."""
    reasons = {}
    for name in run.domains:
        try:
            labelled(run, name)
        except AnalysisError as error:
            reasons[name] = str(error)
    return tuple(name for name in run.domains if name not in reasons), reasons


def labelled_of_most_photographs(run: Run) -> str:
    """Return the run's main domain where it has labels to learn, else the largest that has.

    Raises
    ------
    AnalysisError
        If no domain has any.
    """
    names, _ = choices(run)
    if not names:
        raise AnalysisError(NO_LABELS)
    if run.main_domain in names:
        return run.main_domain
    return max(names, key=lambda name: run.domains[name].photographs)


def faces_alone(run: Run) -> str:
    """Return the name of a domain of packaged faces without the patches beside them, if any."""
    for config in run.study["domains"]:
        packaged = config.get("source") == "packaged" and config.get("name") == FACES
        if packaged and not config.get("rest"):
            return str(config["name"])
    return ""


def _alone(labels: Shaped[np.ndarray, " n"], groups: Shaped[np.ndarray, " n"]) -> list[str]:
    return [name for name, count in groups_per_class(labels, groups).items() if count < 2]


def _count(mask: Shaped[np.ndarray, " n"], what: str) -> str:
    number = int(mask.sum())
    return f"{number} image{'' if number == 1 else 's'} {what} left out" if number else ""
