"""What the command `weights` prints of a study: filters and channels, in the words of its page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any

from substrate.analyses.spec import AnalysisError, obtain
from substrate.analyses.weights.channels import (
    CHANNELS,
    ChannelLayer,
    Channels,
    channels_params,
)
from substrate.analyses.weights.compared import LEADING
from substrate.analyses.weights.spatial import SPATIAL, LayerFilters, Spatial, spatial_params
from substrate.exhibits.exhibit import titles
from substrate.exhibits.weights import channels as channel_words
from substrate.exhibits.weights import words
from substrate.runs import Run
from substrate.wording import number


def of_study(run: Run) -> dict[str, Any]:
    """Return the filters and the channels of a run's panel, ready for JSON.

    Returns
    -------
    dict
        ``sentence`` and ``context``, those of the page; ``filters``, a row for each layer of square
        kernels: agreement of the first five spatial eigenvectors with the mean of the others, its
        interval, random bases, untrained twins, or the reason where nothing is compared;
        ``channels`` by encoder and layer, or the ``reason`` why not, and ``channels_said``, what
        the page says of them beside their null; and ``without``, the encoders of which there are
        no filters, each with the reason.
    """
    result: Spatial = obtain(SPATIAL, run, spatial_params(run, run.panel, run.main_domain))
    named = titles(run)
    channels: dict[str, Any] = {}
    said: dict[str, dict[str, Any]] = {}
    for name in run.panel:
        try:
            of_encoder: Channels = obtain(CHANNELS, run, channels_params(run, name))
        except AnalysisError as error:
            channels[name] = {"reason": str(error)}
            continue
        channels[name] = [_channel_row(one) for one in of_encoder.layers]
        verdict = channel_words.verdict(of_encoder, named[name])
        beside = channel_words.twins_test(of_encoder)
        said[name] = {
            "sentence": channel_words.sentence(of_encoder, named[name]),
            "verdict": verdict.short if verdict else "",
            "null": channel_words.null(of_encoder),
            "p": beside.p if beside.tested else None,
            "above_noise": beside.above,
            "above_noise_untrained": beside.draws.tolist(),
            "further_draw_at_most": beside.further if beside.tested else None,
        }
    return {
        "sentence": words.sentence(result),
        "context": words.context(result, named),
        "filters": [
            {
                "encoder": one.encoder,
                "layer": one.layer,
                "shape": list(one.shape),
                "shares": one.shares[:LEADING].tolist(),
                "spaces": one.spaces[:LEADING].tolist(),
                "agreement": _agreement(one) if one.compared else None,
                "reason": one.agreement.reason,
            }
            for one in result.layers
        ],
        "channels": channels,
        "channels_said": said,
        "without": result.without,
        "seed": result.seed,
    }


def _channel_row(one: ChannelLayer) -> dict[str, Any]:
    return {
        "layer": one.layer,
        "neurons": one.neurons,
        "inputs": one.inputs,
        "above_noise": one.above if one.above >= 0 else None,
        "above_noise_untrained": one.twin_above.tolist(),
        "effective_rank": one.rank if len(one.learned) else None,
        "planted_rank": one.planted_rank[0] if len(one.learned) else None,
        "reason": one.reason,
    }


def _agreement(one: LayerFilters) -> dict[str, Any]:
    estimate = asdict(one.agreement)
    return {
        **{name: estimate[name] for name in ("value", "low", "high")},
        "random_bases": one.chance,
        "level": one.level,
        "p": one.p,
        "p_of_all": one.p_of_all,
        "untrained_twins": one.twins.tolist(),
        "beyond_twins": words.against_twins(one).value,
    }


def study_lines(study: Mapping[str, Any]) -> Iterator[str]:
    """Yield what the command prints of a study: the sentence, and a line for each layer."""
    yield study["sentence"]
    yield study["context"]
    for row in study["filters"]:
        said = _text(row["agreement"]) if row["agreement"] else row["reason"]
        yield f"  {row['encoder']:<20} {row['layer'][-28:]:<28} {said}"
    for name, rows in study["channels"].items():
        if isinstance(rows, dict):
            yield f"  {name:<20} {rows['reason']}"
            continue
        said = study["channels_said"][name]
        yield f"  {name:<20} {said['verdict']}. {said['null']}"


def _text(agreement: Mapping[str, Any]) -> str:
    return f"{number(agreement['value'])} ({number(agreement['random_bases'])})"
