r"""An ensemble of encoders as a classifier: alone, by their probabilities, side by side, shared.

Three parts that share no group: *unlabelled* rows give every encoder's statistics, its leading
principal scores and the shared space; *labelled* rows fit a classifier; *tested* rows are decided.
Whatever is compared hands the classifier K numbers of an image, up to one scale and a rotation,
neither of which changes a penalised logistic regression.

The shared space is the consensus of generalised Procrustes analysis (Gower, Psychometrika 1975) of
the encoders' K leading scores: each is centred, brought to unit length and turned, and an image
stands at the mean of its turned scores. No label takes part in it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int, Real, Shaped

from substrate.numerics.alignment import Reduced, consensus, reduced
from substrate.numerics.intervals import group_members
from substrate.numerics.nulls import row_orders
from substrate.numerics.transfer.support.folds import group_folds
from substrate.numerics.transfer.support.logistic import choose_strength, fit_logistic
from substrate.numerics.whitening import standardisation

#: Parts of the groups: each is unlabelled, labelled and tested once.
PARTS = 3
ALONE, AVERAGED, CONCATENATED = "alone", "averaged", "concatenated"
SHARED, SHUFFLED, APART, OWN_LABELS = "shared", "shuffled", "apart", "own labels"
#: Ensembles whose members all see every image, the null of the shared space, and those whose
#: labelled images are seen by one member each.
TOGETHER = (AVERAGED, CONCATENATED, SHARED)
ENSEMBLES = (*TOGETHER, SHUFFLED, APART, OWN_LABELS)


@dataclass(frozen=True, eq=False)
class Roles:
    """Which rows are unlabelled, labelled and tested; no group has two roles."""

    unlabelled: Int[np.ndarray, " u"]
    labelled: Int[np.ndarray, " l"]
    tested: Int[np.ndarray, " t"]


def rotated_roles(
    codes: Int[np.ndarray, " n"], groups: Shaped[np.ndarray, " n"], *, seed: int
) -> tuple[Roles, ...]:
    """Deal whole groups into three parts and let each have every role once: rows are tested once.

    Classes are spread over the parts as evenly as whole groups allow.
    """
    fold = group_folds(codes, groups, PARTS, seed=seed)
    rows = [np.flatnonzero(fold == part) for part in range(PARTS)]
    return tuple(Roles(rows[(i + 1) % PARTS], rows[(i + 2) % PARTS], rows[i]) for i in range(PARTS))


@dataclass(frozen=True, eq=False)
class Rights:
    """How often each row was decided rightly when it was tested: K by rows, in [0, 1].

    ``alone`` has one for each encoder; ``ensembles`` are by name, see `ENSEMBLES`. Where members
    decide one by one (`APART`, `OWN_LABELS`) a row holds the share of members that were right.
    """

    components: tuple[int, ...]
    alone: tuple[Float[np.ndarray, "k n"], ...]
    ensembles: dict[str, Float[np.ndarray, "k n"]]

    @property
    def named(self) -> dict[str, Float[np.ndarray, "k n"]]:
        """Return the mean over the members alone (`ALONE`), then the ensembles."""
        return {ALONE: np.mean(self.alone, axis=0), **self.ensembles}


def ensemble_rights(
    blocks: Sequence[Real[np.ndarray, "n _"]],
    codes: Int[np.ndarray, " n"],
    groups: Shaped[np.ndarray, " n"],
    components: Sequence[int],
    *,
    seed: int,
    deals: int = 1,
    ensembles: Sequence[str] = ENSEMBLES,
) -> Rights:
    """Decide every row by classifiers that saw nothing of its group, for several K.

    Groups are dealt into parts ``deals`` times, and decisions are averaged over these.

    Parameters
    ----------
    blocks
        Features of each encoder on the same rows, in the encoders' own units.
    codes
        Classes, numbered from 0.
    groups
        What may not be divided between parts (photographs).
    components
        Numbers K of scores that each encoder gives, or as many as it has.

    Raises
    ------
    AlignmentError
        If an encoder does not vary on the unlabelled rows of a part.
    """
    shape = (len(components), len(codes))
    alone = tuple(np.zeros(shape) for _ in blocks)
    rights_of = {name: np.zeros(shape) for name in ensembles}
    for deal, number in np.ndindex(deals, PARTS):
        roles = rotated_roles(codes, groups, seed=seed + deal)[number]
        spaces = _Spaces.of(blocks, groups, roles, max(components))
        task = _Task(codes, groups, roles, PARTS * (seed + deal) + number)
        for place, k in enumerate(components):
            chances_of = [task.probabilities(scores[:, :k]) for scores in spaces.scores]
            for rights, chances in zip(alone, chances_of, strict=True):
                rights[place, roles.tested] += task.right(chances) / deals
            for name, right in _decided(task, spaces, k, chances_of, ensembles):
                rights_of[name][place, roles.tested] += right / deals
    return Rights(tuple(components), alone, rights_of)


@dataclass(frozen=True, eq=False)
class _Spaces:
    """Every encoder's leading scores, and those of all side by side; axes of unlabelled rows."""

    scores: tuple[Float[np.ndarray, "n _"], ...]
    joined: Float[np.ndarray, "n _"]
    unlabelled: Int[np.ndarray, " u"]
    groups: Shaped[np.ndarray, " n"]

    @classmethod
    def of(
        cls,
        blocks: Sequence[Real[np.ndarray, "n _"]],
        groups: Shaped[np.ndarray, " n"],
        roles: Roles,
        most: int,
    ) -> _Spaces:
        rows = roles.unlabelled
        z = [standardisation(x[rows], groups=groups[rows]).apply(x) for x in blocks]
        scores = tuple(_leading(x, reduced(x[rows]), most) for x in z)
        side_by_side = np.hstack(z)
        return cls(scores, _leading(side_by_side, reduced(side_by_side[rows]), most), rows, groups)

    def shared(
        self, k: int, orders: Int[np.ndarray, "e u"] | None = None
    ) -> list[Float[np.ndarray, "n _"]]:
        """Return each encoder's K scores turned into the shared space.

        ``orders`` put each encoder's unlabelled rows in an order of its own first, so that what is
        aligned does not belong together.
        """
        own = [scores[self.unlabelled, :k] for scores in self.scores]
        if orders is not None:
            own = [x[order] for x, order in zip(own, orders, strict=True)]
        maps = consensus(own).maps
        return [m.apply(x[:, :k]) for m, x in zip(maps, self.scores, strict=True)]


def _leading(x: Float[np.ndarray, "n d"], axes: Reduced, most: int) -> Float[np.ndarray, "n _"]:
    return (x - axes.mean) @ axes.vectors[:, :most]


@dataclass(frozen=True, eq=False)
class _Task:
    """Labels to learn on the labelled rows of one part and to tell on its tested ones."""

    codes: Int[np.ndarray, " n"]
    groups: Shaped[np.ndarray, " n"]
    roles: Roles
    seed: int

    def probabilities(
        self, x: Float[np.ndarray, "n k"], train: Int[np.ndarray, " m"] | None = None
    ) -> Float[np.ndarray, "t c"]:
        """Return the probability of each class of the tested rows, from the labelled ones."""
        return self.taught([x], [self.roles.labelled if train is None else train])[0]

    def taught(
        self, spaces: Sequence[Float[np.ndarray, "n k"]], trains: Sequence[Int[np.ndarray, " m"]]
    ) -> list[Float[np.ndarray, "t c"]]:
        """Fit one classifier to some rows of each space, and return what it says in each space."""
        x = np.vstack([space[rows] for space, rows in zip(spaces, trains, strict=True)])
        rows = np.concatenate(trains)
        classes = int(self.codes.max()) + 1
        mean = x.mean(axis=0)
        scale = float(np.sqrt(np.square(x - mean).mean()))
        if len(set(self.codes[rows])) < 2 or not scale > 0:
            sure = np.bincount(self.codes[rows], minlength=classes) / max(len(rows), 1)
            return [np.tile(sure, (len(self.roles.tested), 1)) for _ in spaces]
        z, codes = (x - mean) / scale, self.codes[rows]
        strength = choose_strength(z, codes, self.groups[rows], seed=self.seed)
        model = fit_logistic(z, codes, classes, strength)
        return [model.probabilities((s[self.roles.tested] - mean) / scale) for s in spaces]

    def right(self, chances: Float[np.ndarray, "t c"]) -> Float[np.ndarray, " t"]:
        """Return whether the likeliest class is the true one; of equally likely ones, its share."""
        likeliest = chances == chances.max(axis=1, keepdims=True)
        own = self.codes[self.roles.tested]
        return likeliest[np.arange(len(own)), own] / likeliest.sum(axis=1)

    def dealt(self, members: int) -> list[Int[np.ndarray, " m"]]:
        """Deal the groups of the labelled rows to so many members, each group to one."""
        rows = self.roles.labelled
        parts = group_members(self.groups[rows])
        order = np.random.default_rng(self.seed).permutation(len(parts))
        empty = np.empty(0, dtype=np.int64)
        return [
            rows[np.concatenate([empty, *(parts[g] for g in order[member::members])])]
            for member in range(members)
        ]


def _decided(
    task: _Task,
    spaces: _Spaces,
    k: int,
    chances_of: Sequence[Float[np.ndarray, "t c"]],
    ensembles: Sequence[str],
) -> Iterator[tuple[str, Float[np.ndarray, " t"]]]:
    """Yield what each ensemble decides rightly of the tested rows."""
    turned, members = spaces.shared(k), len(spaces.scores)
    own = task.dealt(members)
    for name in ensembles:
        if name == AVERAGED:
            chances = [np.mean(chances_of, axis=0)]
        elif name == CONCATENATED:
            chances = [task.probabilities(spaces.joined[:, :k])]
        elif name == SHARED:
            chances = [task.probabilities(np.mean(turned, axis=0))]
        elif name == SHUFFLED:
            groups = spaces.groups[spaces.unlabelled]
            orders = row_orders(groups, members, task.seed)
            chances = [task.probabilities(np.mean(spaces.shared(k, orders), axis=0))]
        elif name == APART:
            chances = task.taught(turned, own)
        else:
            alone = zip(spaces.scores, own, strict=True)
            chances = [
                task.probabilities(scores[:, :k], rows) if len(rows) else _guess(task)
                for scores, rows in alone
            ]
        yield name, np.mean([task.right(one) for one in chances], axis=0)


def _guess(task: _Task) -> Float[np.ndarray, "t c"]:
    """Return every class as likely: what a member without labels can say."""
    classes = int(task.codes.max()) + 1
    return np.full((len(task.roles.tested), classes), 1 / classes)
