"""The Subspace page's further views for a run's default choice, as exhibits."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from substrate.analyses import panel_views as params
from substrate.analyses.encoders.disagreement import DISAGREEMENT
from substrate.analyses.encoders.flow import FLOW
from substrate.analyses.encoders.pairs import ENCODER_PAIRS
from substrate.analyses.encoders.removal import CAUSAL
from substrate.analyses.panel_choice import PanelChoice
from substrate.analyses.shared.halves import sampled
from substrate.analyses.sharedness.by_paradigm import PARADIGMS
from substrate.analyses.sharedness.by_setting import SETTINGS
from substrate.analyses.sharedness.responses import RESPONSES
from substrate.analyses.spec import obtain
from substrate.analyses.subspace.dimension_sweep import SWEEP
from substrate.analyses.subspace.leave_out import LEAVE_OUT
from substrate.analyses.subspace.sample_size import N_CURVE
from substrate.analyses.subspace.spans import MEASURES, SPANS
from substrate.exhibits.encoders import exhibits as encoders
from substrate.exhibits.exhibit import Exhibit, attempted, titles
from substrate.exhibits.sharedness import exhibits as sharedness
from substrate.exhibits.sharedness.exhibits import Shared
from substrate.exhibits.subspace import exhibits as between_domains
from substrate.figures.sharedness.settings import TITLE as SETTINGS_TITLE
from substrate.figures.subspace.robustness import BY_DIMENSION, BY_SAMPLES
from substrate.figures.theme import Theme
from substrate.runs import Run

#: A key, a title for where it cannot be had, and what makes the exhibit.
Makers = Iterator[tuple[str, str, Callable[[], Exhibit]]]


def further(
    run: Run, choice: PanelChoice, theme: Theme, shared_on: Callable[[str], Shared]
) -> Iterator[Exhibit]:
    """Yield every view but the overview; where one cannot be had, why."""
    for makers in (
        _measures(run, choice, theme),
        _of_domains(run, choice, theme, shared_on),
        _robustness(run, choice, theme),
        _of_directions(run, choice, theme, shared_on),
        _of_encoders(run, choice, theme),
    ):
        for key, title, make in makers:
            yield attempted(key, title, make)


def _measures(run: Run, choice: PanelChoice, theme: Theme) -> Makers:
    if len(choice.domains) < 2:
        return

    def of(make: Callable[..., Exhibit], measure: int) -> Exhibit:
        return make(obtain(SPANS, run, choice.spans()), measure, choice, theme)

    yield "subspace-published", "Published", partial(between_domains.published, theme)
    for measure, name in enumerate(MEASURES):
        yield f"subspace-spans-{measure + 1}", name, partial(of, between_domains.spans, measure)
        yield (
            f"subspace-spans-controls-{measure + 1}",
            f"Controls of {name}",
            partial(of, between_domains.span_controls, measure),
        )


def _of_domains(
    run: Run, choice: PanelChoice, theme: Theme, shared_on: Callable[[str], Shared]
) -> Makers:
    if len(choice.encoders) < 2:
        return
    main = run.main_domain

    def by_domain() -> Exhibit:
        every = [shared_on(domain) for domain in choice.domains]
        return sharedness.by_domain(every, choice, theme, chosen=main)

    def settings() -> Exhibit:
        result = obtain(SETTINGS, run, params.settings(run, choice, main))
        return sharedness.settings(result, choice, theme)

    yield "subspace-domains", "What encoders share in every domain", by_domain
    yield "subspace-settings", SETTINGS_TITLE, settings


def _robustness(run: Run, choice: PanelChoice, theme: Theme) -> Makers:
    if len(choice.domains) < 2:
        return
    main = run.main_domain

    def sweep() -> Exhibit:
        result = obtain(SWEEP, run, params.sweep(choice, main))
        return between_domains.sweep(result, choice, theme, debiased=False)

    def leave_out() -> Exhibit:
        result = obtain(LEAVE_OUT, run, params.leave_out(choice, main))
        samples = sampled(run.domains[main].n, choice.seed)
        return between_domains.leave_out(result, choice, theme, debiased=False, samples=samples)

    def n_curve() -> Exhibit:
        result = obtain(N_CURVE, run, params.n_curve(choice))
        return between_domains.n_curve(result, choice, theme, debiased=False)

    yield "subspace-sweep", BY_DIMENSION, sweep
    if len(choice.encoders) > 2:
        yield "subspace-leave-out", "Without each encoder", leave_out
    yield "subspace-n", BY_SAMPLES, n_curve


def _of_directions(
    run: Run, choice: PanelChoice, theme: Theme, shared_on: Callable[[str], Shared]
) -> Makers:
    if len(choice.encoders) < 2:
        return
    main = run.main_domain

    def paradigms() -> Exhibit:
        result = obtain(PARADIGMS, run, choice.sharedness(main))
        return sharedness.paradigms(shared_on(main), result, choice, theme)

    def owners() -> Exhibit:
        kinds = [run.encoders[encoder].paradigm for encoder in choice.encoders]
        return sharedness.owners(
            shared_on(main), choice, theme, paradigms=kinds, titles=titles(run)
        )

    def responses() -> Exhibit:
        result = obtain(RESPONSES, run, params.responses(choice, main))
        return sharedness.responses(result, shared_on(main), choice, theme)

    yield "subspace-paradigms", "The sharedness spectrum by objective", paradigms
    yield "subspace-loadings", "Loadings by encoder", owners
    yield "subspace-responses", "Correlation with image statistics", responses


def _of_encoders(run: Run, choice: PanelChoice, theme: Theme) -> Makers:
    main = run.main_domain
    names = titles(run)

    def pairs(make: Callable[..., Exhibit], *key: str) -> Exhibit:
        result = obtain(ENCODER_PAIRS, run, params.encoder_pairs(run, choice, main))
        return make(result, *key, choice, theme)

    def flow() -> Exhibit:
        result = obtain(FLOW, run, params.flow(choice, main))
        return encoders.flow(result, choice, theme, titles=names)

    def disagreement() -> Exhibit:
        result = obtain(DISAGREEMENT, run, params.disagreement(choice, main, run.first_two))
        return encoders.disagreement(result, 0, choice, theme, titles=names)

    def removal() -> Exhibit:
        result = obtain(CAUSAL, run, params.removal(choice, main, run.first_two))
        return encoders.removal(result, 0, choice, theme, titles=names)

    if len(choice.encoders) > 1:
        yield (
            "subspace-encoder-pairs",
            "All pairs of encoders",
            partial(pairs, encoders.pairs, "cka"),
        )
        yield (
            "subspace-comparisons",
            "Differences between kinds of pairs",
            partial(pairs, encoders.comparisons),
        )
        yield "subspace-map", "A map of the encoders", partial(pairs, encoders.encoder_map)
        yield "subspace-flow", "Where directions go", flow
    if len(run.encoders) > 1:
        yield "subspace-disagreement", "Where two encoders disagree", disagreement
        yield "subspace-causal", "What probes lose without a direction", removal
