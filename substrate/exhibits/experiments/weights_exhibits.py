"""The figures of the experiment on weights: pairs, filters, ranks, redrawn neurons, training."""

from __future__ import annotations

from typing import Any

from substrate.analyses.experiments.file import ExperimentFile
from substrate.analyses.experiments.weights import (
    RELATIONS,
    WeightsRepeat,
    WeightsSummary,
    facts_of,
    first_beyond,
    measured_points,
    summarise,
)
from substrate.exhibits.exhibit import Exhibit
from substrate.exhibits.experiments import weights_words as words
from substrate.exhibits.experiments.trace import experiment_trace
from substrate.exhibits.verdict import Badge, Verdict, counted, first_that_fits
from substrate.exhibits.verdict import name as short
from substrate.exhibits.weights.aligned import untold
from substrate.figures.experiments import weights as figures
from substrate.figures.theme import Theme
from substrate.wording import CHANGED, many, number, percent

Results = ExperimentFile[Any]
#: Eigenvectors of white weights that are told of where no network gets by with few.
FIRST = 32


def of_weights(file: Results, theme: Theme) -> tuple[Exhibit, ...]:
    """Return every figure of the experiment, the similarities first."""
    made = [of_relation(file, relation, theme) for relation in relations_of(file)]
    return (*made, *of_accuracies(file, theme))


def relations_of(file: Results) -> tuple[str, ...]:
    """Return in what the pairs of a file differ."""
    present = {one.relation for one in summarise(file).pairs}
    return tuple(relation for relation in RELATIONS if relation in present)


def of_relation(file: Results, relation: str, theme: Theme) -> Exhibit:
    """Return S over depth of the pairs that differ in one thing, no figure where none is told."""
    summary = summarise(file)
    pairs = tuple(one for one in summary.pairs if one.relation == relation)
    facts = facts_of(pairs, summary.facts)
    title = f"{figures.CHANNELS}: {relation}"
    measured = any(measured_points(pair) for pair in pairs)
    return Exhibit(
        key=f"experiments-weights-{relation.replace(' ', '-')}",
        title=title,
        sentence=words.pair_sentence(pairs)
        if measured
        else f"{title}. {words.pair_sentence(pairs)}",
        context=" ".join(
            filter(
                None,
                (
                    words.halves_sentence(pairs),
                    words.ranks_sentence(pairs),
                    words.errors_sentence(pairs),
                ),
            )
        ),
        verdict=_told(pairs),
        figure=figures.similarity_over_depth(pairs, theme, facts) if measured else None,
        read="Filled: S of the learned channel covariances of a layer in both networks, through "
        "the alignment of what the layer sees; its range is over random rotations and Gaussian "
        "resamples, not over trainings. 0 is a rotated covariance, 1 a fresh sample of the same "
        "one. Dashed, in the colour of the pair: two samples of one covariance of this size, "
        "whose noise is independent: S of separate trainings is not expected to exceed them, but "
        "weights that share their noise too do, up to and above 1. Dotted: alignments fitted to "
        "shuffled images. For k x k kernels the dashed level is an upper one: correlated "
        "positions do not "
        f"reach it. Open markers: at half of the images S differs by more than {CHANGED}. A cross "
        "below zero "
        "stands where learning cannot be told from noise. The table holds the effective ranks, and "
        "what their estimator gives for planted samples of either covariance.",
        table=words.table(pairs),
        trace=experiment_trace(file, facts),
    )


def _told(pairs: tuple[WeightsRepeat, ...]) -> Verdict | None:
    """Return how much more S is than through shuffled alignments: a few pairs are no test."""
    count = sum(len(measured_points(pair)) for pair in pairs)
    if not count:
        layers = many(sum(len(pair.points) for pair in pairs), "layer")
        return untold(layers)
    more, exceeds = words.beyond_shuffled(pairs)
    said = (
        f"Learned channels agree {number(more)} more in S than through shuffled alignments"
        if exceeds
        else "Learned channels agree no more than through shuffled alignments in "
        f"{many(count, 'layer')}"
    )
    return first_that_fits(Badge.DESCRIBED, f"{said} ({pairs[0].relation})", said)


def of_accuracies(file: Results, theme: Theme) -> tuple[Exhibit, ...]:
    """Return what filters, ranks and redrawing do to accuracy."""
    summary = summarise(file)
    made = [_preset(file, one, summary, theme) for one in summary.filters]
    if summary.ranks:
        made.append(_ranks(file, summary, theme))
    if summary.resampled:
        made.append(_redrawn(file, summary, theme))
    if summary.trained:
        made.append(_training(file, summary, theme))
    return tuple(made)


def _preset(file: Results, curve: WeightsRepeat, summary: WeightsSummary, theme: Theme) -> Exhibit:
    facts = facts_of((curve,), summary.facts)
    best = max(curve.points, key=lambda point: point.value.value or 0.0)
    return Exhibit(
        key="experiments-weights-filters",
        title="Can the filters be preset?",
        sentence=words.preset_sentence(curve),
        context="Intervals are over test images; the networks differ in their frozen filters, or "
        "in the seed of what is learned, alone.",
        verdict=first_that_fits(
            Badge.DESCRIBED,
            f"Accuracy is highest with frozen filters: {best.label}, "
            f"{percent(best.value.value or 0.0)}",
        ),
        figure=figures.preset_rows(curve, theme, facts),
        read="The spatial filters of a factorised network are fixed before training; only 1 x 1 "
        "weights are learned. Universal filters are the first eigenvectors of a trained VGG, the "
        "others orthonormal ones drawn at random, and the eigenvectors of the same VGG before its "
        "training.",
        table=words.table((curve,)),
        trace=experiment_trace(file, facts),
    )


def _ranks(file: Results, summary: WeightsSummary, theme: Theme) -> Exhibit:
    facts = facts_of(summary.ranks, summary.facts)
    networks = words.by_network(summary.ranks)
    fewest, count = words.fewest(networks)
    keeps = f"{short(fewest[0])} keeps" if len(fewest) == 1 else "several networks keep"
    return Exhibit(
        key="experiments-weights-rank",
        title="Rank and function",
        sentence=words.rank_sentence(networks),
        context="Intervals are over test images; random directions are the mean of "
        f"{many(file.configuration.get('draws', 0), 'draw')}. Networks are few: nothing is tested "
        f"over trainings. {words.rank_of_noise(count or FIRST)}",
        verdict=first_that_fits(
            Badge.DESCRIBED,
            f"On {'its' if len(fewest) == 1 else 'their'} first {count} eigenvectors {keeps} nine "
            "tenths of accuracy above guessing",
        )
        if count
        else None,
        figure=figures.accuracy_over_rank(networks, theme, facts),
        read="The weights of every layer at once are projected on their first r channel "
        "eigenvectors, on as many random directions, or on all but the first r; layers of fewer "
        "inputs keep all, or lose all. The level line is the accuracy as trained, the dotted one "
        "guessing. Where the first curve rises early and the last one falls early, what the "
        "network computes lies in few directions. A layer has no more eigenvectors than neurons: "
        "in factorised networks these are 16 to 96, over up to 960 inputs, so that their first "
        "curve must end at the accuracy as trained, and few random directions meet any weights.",
        table=words.table(summary.ranks),
        trace=experiment_trace(file, facts),
    )


def _redrawn(file: Results, summary: WeightsSummary, theme: Theme) -> Exhibit:
    facts = facts_of(summary.resampled, summary.facts)
    keeps = sum(map(words.kept_by_covariance, words.by_network(summary.resampled)))
    return Exhibit(
        key="experiments-weights-redrawn",
        title="Neurons drawn anew",
        sentence=words.redrawn_sentence(summary.resampled),
        context="A network counts where every draw from its covariance keeps more than every white "
        "one. Networks with a residual stream are left out: several layers write into it, and "
        "neurons that are drawn layer by layer have no axes in common there.",
        verdict=counted(
            Badge.DESCRIBED,
            "Neurons drawn from their covariance keep more accuracy than white ones in",
            keeps,
            "network",
        ),
        figure=figures.redrawn_rows(summary.resampled, theme, facts),
        read="Every layer's neurons are replaced by Gaussian ones with the covariance that the "
        "trained ones have, or with none, from the first layer to the last; each layer is turned "
        "to what the trained network saw; the classifier stays, and gains and shifts of batch "
        "normalisation in their places. Ticks are the draws. What accuracy survives lies in the "
        "covariance alone. Wide networks keep more: few neurons show little of a covariance.",
        table=words.table(summary.resampled),
        trace=experiment_trace(file, facts),
    )


def _training(file: Results, summary: WeightsSummary, theme: Theme) -> Exhibit:
    facts = f"{len(summary.trained[0].points)} stored steps each · {summary.facts}"
    exceeding = sum(first_beyond(one) is not None for one in summary.trained)
    return Exhibit(
        key="experiments-weights-training",
        title="When do the eigenvectors appear?",
        sentence=words.training_sentence(summary.trained),
        context="The filters of other networks are the mean of those of this figure and of further "
        "bundled ones, as trained; the first stored step is the initialisation. Whiskers are the "
        "lowest and the highest layer: layers of one network are no sample of others, so that "
        "there is no interval over trainings.",
        verdict=counted(
            Badge.SEVERAL,
            "Filters end beyond random bases of their symmetry in",
            exceeding,
            "training",
        ),
        figure=figures.filters_over_steps(summary.trained, theme, facts),
        read="At each stored step of a training, the mean |cosine| of the first five spatial "
        "eigenvectors of every layer after the first with those of the mean of other networks, "
        "with the lowest and the highest layer. Dotted, in the colour of the network: the 95 % "
        "level of random bases that are, filter by filter, as symmetric, left to right. Where the "
        "line leaves the dotted one, the layers begin to have the filters that the others have.",
        table=words.table(summary.trained),
        trace=experiment_trace(file, facts),
    )


def lacking(file: Results) -> str:
    """Return which pairs the results lack, empty where none."""
    return words.not_yet(file.configuration.get("pairs", ()), summarise(file))


def findings_of(file: Results) -> tuple[str, ...]:
    """Return what the bundled networks show on each finding of the publication, a line each."""
    return tuple(words.findings(summarise(file)))
