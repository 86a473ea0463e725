"""One choice of switches as the parameters of the page's further views."""

from __future__ import annotations

from substrate.analyses.encoders.disagreement import DisagreementParams
from substrate.analyses.encoders.flow import FlowParams
from substrate.analyses.encoders.pairs import EncoderPairsParams
from substrate.analyses.encoders.removal import CausalParams
from substrate.analyses.panel_choice import PanelChoice
from substrate.analyses.sharedness.by_setting import SettingsParams
from substrate.analyses.sharedness.responses import ResponsesParams
from substrate.analyses.subspace.dimension_sweep import DimensionSweepParams
from substrate.analyses.subspace.leave_out import LeaveOutParams
from substrate.analyses.subspace.sample_size import NCurveParams
from substrate.runs import Run


def settings(run: Run, choice: PanelChoice, domain: str) -> SettingsParams:
    """Return the parameters of the effect under every setting; splits start at the study's seed."""
    return SettingsParams(choice.encoders, domain, choice.seeds, int(run.study["seed"]))


def sweep(choice: PanelChoice, domain: str) -> DimensionSweepParams:
    """Return the parameters of the sweep over K."""
    return DimensionSweepParams(
        choice.encoders, choice.domains, domain, choice.seeds, choice.whitening, choice.seed
    )


def leave_out(choice: PanelChoice, domain: str) -> LeaveOutParams:
    """Return the parameters of the panel without each encoder."""
    return LeaveOutParams(
        choice.encoders, choice.domains, domain, choice.whitening, choice.components, choice.seed
    )


def n_curve(choice: PanelChoice) -> NCurveParams:
    """Return the parameters of the curve over samples."""
    return NCurveParams(
        choice.encoders, choice.domains, choice.whitening, choice.components, choice.seed
    )


def responses(choice: PanelChoice, domain: str) -> ResponsesParams:
    """Return the parameters of the directions' correlations with image statistics."""
    return ResponsesParams(
        choice.encoders, domain, choice.whitening, choice.components, choice.seed
    )


def encoder_pairs(run: Run, choice: PanelChoice, domain: str) -> EncoderPairsParams:
    """Return the parameters of all pairs of encoders, with the first of their twins."""
    twin = choice.seeds[0] if choice.seeds else -1
    permutations = int(run.study["permutations"])
    return EncoderPairsParams(choice.encoders, domain, twin, permutations, choice.seed)


def flow(choice: PanelChoice, domain: str, layers_of: str = "") -> FlowParams:
    """Return the parameters of matches across encoders, or through the layers of one."""
    encoders = () if layers_of else choice.encoders
    return FlowParams(encoders, domain, layers_of, seed=choice.seed)


def disagreement(choice: PanelChoice, domain: str, pair: tuple[str, str]) -> DisagreementParams:
    """Return the parameters of two encoders' matched directions."""
    return DisagreementParams(*pair, domain, choice.components, choice.seed)


def removal(choice: PanelChoice, domain: str, pair: tuple[str, str]) -> CausalParams:
    """Return the parameters of what probes lose without matched directions."""
    return CausalParams(*pair, domain, choice.components, choice.seed)
