"""What can be learnt of a domain, how scores are set against accuracies, and the detector."""

import json
from dataclasses import replace

import numpy as np
import pytest

from substrate.analyses.detector import accuracy as detector
from substrate.analyses.detector.accuracy import (
    DETECTOR,
    DETECTOR_PIXELS,
    DETECTOR_SWEEP,
    DETECTOR_WITHOUT,
    DetectorSweepParams,
    PixelParams,
    WithoutParams,
    detector_params,
    pooled,
    stacked,
)
from substrate.analyses.detector.image import (
    DETECTION,
    DETECTOR_FIT,
    DetectionParams,
)
from substrate.analyses.detector.support import DETECTOR_SUPPORT
from substrate.analyses.shared.labels import (
    choices,
    faces_alone,
    labelled,
)
from substrate.analyses.shared.own_image import image_key
from substrate.analyses.spec import AnalysisError, obtain
from substrate.analyses.transfer import scores as transfer
from substrate.analyses.transfer.all_domains import (
    TRANSFER_DOMAINS,
    domains_params,
)
from substrate.analyses.transfer.low_shot import (
    LOW_SHOT,
    SUBSTRATE,
    UNTRAINED,
    low_shot_params,
)
from substrate.analyses.transfer.probe import (
    PROBE,
    ProbeParams,
)
from substrate.analyses.transfer.scores import (
    AGAINST,
    HYBRID,
    LINEAR,
    NEIGHBOURS,
    ONE_MORE,
    TRANSFER,
    transfer_params,
)
from substrate.analyses.transfer.tables import (
    TIMED,
    agreement_table,
    domains_table,
    score_table,
    seconds_table,
)
from substrate.encoder_ref import EncoderRef
from substrate.exhibits.detector.verdicts import of_image
from substrate.exhibits.detector.words import (
    detection_notes,
    detection_sentence,
    detector_context,
    detector_sentence,
    support_note,
)
from substrate.exhibits.transfer.all_domains import domains_sentence
from substrate.exhibits.transfer.low_shot import gain, low_shot_context, low_shot_sentence
from substrate.exhibits.transfer.words import (
    missing_lines,
    transfer_context,
    transfer_sentence,
)
from substrate.exhibits.verdict import Badge
from substrate.numerics.detector import NONE
from substrate.numerics.transfer import (
    TRANSFER_SCORES,
    Evidence,
)
from substrate.numerics.transfer.probe import (
    linear_probe,
    nearest_neighbours,
)
from substrate.numerics.transfer.ranking import kendall
from substrate.numerics.transfer.typicality import Typicality
from substrate.runs import Run, open_run, runs_directory
from substrate.study import parse
from substrate.wording import (
    signed,
)
from tests.support.domains import load_domain
from tests.support.planted import (
    ENCODERS,
    planted_run,
)

TITLES = {name: name.title() for name in ENCODERS}


@pytest.fixture(scope="module")
def run(tmp_path_factory) -> Run:
    return planted_run(tmp_path_factory.mktemp("transfer"), untrained=1)


@pytest.fixture(scope="module")
def rich(run):
    return obtain(TRANSFER, run, transfer_params(run, "rich"))


def relabelled(run: Run, labels) -> Run:
    """Write other labels into the samples of the domain rich."""
    from substrate.store import digest

    record = json.loads(json.dumps(run.record))
    entry = run.store.get(run.domains["rich"].entry)
    table = run.samples("rich").assign(label=labels)
    arrays = {name: entry.array(name) for name in ("thumbnails", "pixels")}
    key = digest(["relabelled", list(labels)])
    run.store.put(key, arrays=arrays, meta={}, table=table)
    record["domains"][0]["entry"] = key
    return Run(run.run_id, run.store, record)


# What can be learnt


def test_photographs_are_held_out_where_there_are_ten(run):
    known = labelled(run, "rich")
    assert known.classes == ("class0", "class1", "class2") and not known.within
    assert (len(known.rows), known.photographs, known.unit) == (120, 30, "photographs")
    assert np.array_equal(known.groups, run.groups("rich")) and known.left_out == ""


def test_few_photographs_are_cut_into_strips_with_the_cuts_left_out(run):
    known = labelled(run, "few")
    assert known.within and known.photographs == 3 and known.unit == "strips within photographs"
    assert len(known.rows) < 120 and "on the cuts between strips left out" in known.left_out
    assert len(set(known.groups)) > 3
    assert all(group.startswith("few/") for group in known.groups)


def test_images_without_a_label_and_classes_of_one_photograph_have_no_part(run):
    groups = run.groups("rich")
    labels = np.where(groups < "rich/010", "a", "b").astype(object)
    labels[groups == "rich/020"], labels[groups == "rich/029"] = "", "alone"
    known = labelled(relabelled(run, labels), "rich")
    assert known.classes == ("a", "b") and len(known.rows) == 112
    assert "4 images without a label left out; 4 images of classes of one" in known.left_out


def test_more_images_than_can_be_learnt_in_time_are_drawn_and_counted(run):
    known, every = labelled(run, "rich", most=90), labelled(run, "rich", most=None)
    assert len(known.rows) == 90 and set(known.rows) < set(every.rows)
    assert np.array_equal(known.rows, np.sort(known.rows))
    assert np.array_equal(known.labels, run.samples("rich")["label"].to_numpy()[known.rows])
    assert known.left_out == "30 images beyond 90 drawn at random left out"


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (lambda groups: [""] * 120, "carry no labels"),
        (lambda groups: ["face"] * 120, "of one class, 'face'"),
        (lambda groups: groups, "fewer than two classes come from two photographs"),
    ],
)
def test_what_cannot_be_learnt_is_said(run, labels, message):
    changed = relabelled(run, labels(run.groups("rich")))
    with pytest.raises(AnalysisError, match=message):
        labelled(changed, "rich")
    names, reasons = choices(changed)
    assert names == ("few",) and message in reasons["rich"]


def test_faces_get_a_second_class_from_the_study():
    study = parse(
        {"encoders": ["resnet"], "domains": ["digit", {"name": "face", "rest": True}]}
        | {"domains": [{"source": "packaged", "name": "face", "rest": True}]}
    )
    config = study.domains[0].model_dump(mode="json", exclude_none=True)
    assert set(load_domain(config).samples["label"]) == {"face", "other"}
    plain = parse({"encoders": ["resnet"], "domains": ["face"]}).domains[0]
    assert "rest" not in plain.model_dump(mode="json", exclude_none=True)


def test_faces_alone_are_noticed(run):
    def on(domains):
        return Run(run.run_id, run.store, {**run.record, "study": {"domains": domains}})

    assert faces_alone(on([{"source": "packaged", "name": "face"}])) == "face"
    assert faces_alone(on([{"source": "packaged", "name": "face", "rest": True}])) == ""
    assert faces_alone(run) == ""


# Scores against accuracies


def test_every_score_is_there_and_is_that_of_the_registry(run, rich):
    alpha = rich.rows[0]
    assert set(alpha.scores) == set(TRANSFER_SCORES) and alpha.missing == {}
    known = labelled(run, "rich")
    x = {e: run.representation(e, "rich").features for e in ENCODERS}
    evidence = Evidence(
        x["alpha"],
        known.labels,
        known.groups,
        [x[e] for e in ENCODERS if e != "alpha"],
        run.representation("alpha", "rich", "logits").features,
        run.representation(EncoderRef("alpha", twin=0), "rich").features,
        40_000,
    )
    for key, score in TRANSFER_SCORES.items():
        assert alpha.scores[key] == pytest.approx(score.score(evidence))
    assert set(alpha.seconds) == {*TRANSFER_SCORES, ONE_MORE, *AGAINST}
    assert 0 < alpha.seconds[ONE_MORE] < alpha.seconds["consensus"]
    assert all(seconds >= 0 for seconds in alpha.seconds.values())
    linear = linear_probe(x["alpha"], known.labels, known.groups, seed=0).accuracy.balanced
    assert alpha.linear.value == pytest.approx(linear.value) and alpha.linear.low is not None
    near = nearest_neighbours(x["alpha"], known.labels, known.groups, seed=0).accuracy.balanced
    assert alpha.reached(NEIGHBOURS).value == pytest.approx(near.value)


def test_rank_agreement_is_kendalls_tau_with_chance_and_no_interval_for_four(rich):
    for against in AGAINST:
        for key in (*TRANSFER_SCORES, HYBRID):
            found = rich.agreement(key, against)
            assert found.encoders == tuple(ENCODERS)
            if found.kendall is None:
                assert "two different values" in found.reason
                continue
            if key != HYBRID:
                scores = np.array([row.scores[key] for row in rich.rows])
                reached = np.array([row.reached(against).value for row in rich.rows])
                assert found.kendall.value == pytest.approx(kendall(scores, reached))
            assert found.kendall.low is None and "at least 8" in found.kendall.reason
            assert found.kendall_chance[0] < 0 < found.kendall_chance[1]
            assert found.shuffles == 24


def test_the_hybrid_keeps_a_quarter_by_consensus(rich):
    consensus = {row.encoder: row.scores["consensus"] for row in rich.rows}
    assert rich.kept == (max(consensus, key=consensus.__getitem__),)


def test_within_photographs_there_are_values_only(run):
    found = obtain(TRANSFER, run, transfer_params(run, "few"))
    assert found.within and all(row.linear.low is None for row in found.rows)
    assert "same photographs" in found.rows[0].linear.reason
    sentence = transfer_sentence(found, LINEAR, TITLES, "Few")
    assert sentence.startswith("Within the photographs of Few") and "interval" not in sentence
    assert "have no interval" in transfer_context(found, LINEAR, TITLES)


def test_encoders_without_head_or_twin_say_so(run):
    record = json.loads(json.dumps(run.record))
    record["encoders"][1]["layers"] = record["encoders"][1]["layers"][:-1]
    record["encoders"][2]["parameters"] = None
    record["pairs"] = {k: v for k, v in record["pairs"].items() if "~" not in k}
    changed = Run(run.run_id, run.store, record)
    params = transfer_params(changed, "rich")
    assert params.twin == -1
    found = obtain(TRANSFER, changed, params)
    assert set(found.rows[0].missing) == {"untrained"}
    assert set(found.rows[1].missing) == {"leep", "nce", "untrained"}
    assert set(found.rows[2].missing) == {"size", "untrained"}
    lines = missing_lines(found, TITLES)
    assert any("LEEP" in line and "Beta" in line and "classifier head" in line for line in lines)
    assert found.agreement("leep", LINEAR).encoders == ("alpha", "gamma", "delta")
    assert found.agreement("untrained", LINEAR).kendall is None
    assert np.isnan(score_table(found, TITLES)["LEEP"].astype(float)).sum() == 1


def test_one_encoder_has_accuracies_and_nothing_to_order(run):
    record = json.loads(json.dumps(run.record))
    record["encoders"] = record["encoders"][:1]
    alone = Run(run.run_id, run.store, record)
    found = obtain(TRANSFER, alone, transfer_params(alone, "rich"))
    assert "nothing to order" in transfer_sentence(found, LINEAR, TITLES, "Rich")
    assert "consensus" in found.rows[0].missing
    assert all(a.kendall is None and a.reason for a in found.agreements)
    assert transfer_context(found, LINEAR, TITLES) == ""


def test_the_sentence_says_what_was_measured(rich):
    best = max(rich.rows, key=lambda row: row.linear.value)
    sentence = transfer_sentence(rich, LINEAR, TITLES, "Rich")
    assert f"{TITLES[best.encoder]} reaches most by a linear probe" in sentence
    assert f"{100 * best.linear.value:.0f} % (95 % CI" in sentence
    assert signed(rich.agreement("size", LINEAR).kendall.value) in sentence
    context = transfer_context(rich, LINEAR, TITLES)
    assert "in 95 % of orders" in context and "4 encoders, and at least 8" in context
    assert (signed(0.5), signed(-0.5), signed(-0.001)) == ("+0.50", "\u22120.50", "0.00")


def test_tables_hold_every_number(rich):
    table = score_table(rich, TITLES)
    assert table["Linear probe"].is_monotonic_decreasing and set(table["encoder"]) == {
        *TITLES.values()
    }
    assert len(agreement_table(rich)) == 2 * (len(TRANSFER_SCORES) + 1)
    seconds = seconds_table(rich)
    assert set(seconds["score"]) == set(TIMED.values())
    assert (seconds["least"] <= seconds["median"]).all()


def test_the_run_computes_what_the_page_shows_first(run):
    wanted = [(a.key, p) for a, p in transfer.defaults(run)]
    assert [key for key, _ in wanted].count("transfer.scores") == 2
    assert ("transfer.probe", ProbeParams("alpha", "rich", -1, 0)) in wanted
    assert [a.key for a, _ in detector.defaults(run)] == [
        "detector.accuracy",
        "detector.accuracy_pixels",
    ]
    assert PROBE.inputs(run, ProbeParams("alpha", "rich", 2, 0)) == (
        (EncoderRef("alpha", twin=2),),
        ("rich",),
    )


# Every domain


def test_the_mean_over_domains_is_that_of_each_domains_tau(run, rich):
    found = obtain(TRANSFER_DOMAINS, run, domains_params(run, ("rich", "few")))
    few = obtain(TRANSFER, run, transfer_params(run, "few"))
    at = found.scores.index("logme")
    each = [r.agreement("logme", LINEAR).kendall.value for r in (rich, few)]
    np.testing.assert_allclose(found.taus[LINEAR][at], each)
    mean = found.means[LINEAR][at]
    assert mean.value == pytest.approx(np.mean(each)) and mean.low is None
    assert "at least 8" in domains_sentence(found, LINEAR)
    table = domains_table(found, LINEAR)
    assert list(table["score"]) == [*TRANSFER_SCORES, HYBRID] and "few" in table
    with pytest.raises(AnalysisError, match="two labelled domains"):
        obtain(TRANSFER_DOMAINS, run, domains_params(run, ("rich",)))


# The detector


def apart(root, *, naive: bool = False) -> Run:
    """Two domains; with `naive` they differ by nothing but their photographs."""
    run = planted_run(root, n=96, groups=12, few=12, untrained=0)
    record = json.loads(json.dumps(run.record))
    rng = np.random.default_rng(3)
    for domain in run.domains:
        for name, width in ENCODERS.items():
            looks = 6 * rng.normal(size=(12, width))[np.arange(96) // 8]
            offset = 0.0 if naive else 4 * rng.normal(size=width)
            noise = rng.normal(size=(96, width))
            features = noise + (looks if naive else offset)
            key = (
                f"{len(record['pairs']):02d}{ENCODERS[name]:03d}{domain}{int(naive)}".encode().hex()
            )
            key = key.ljust(64, "0")
            arrays = {"penultimate": features.astype(np.float32)}
            run.store.put(key, arrays=arrays, meta={"kind": "features"})
            record["pairs"][f"{name}/{domain}"] = key
    (runs_directory(run.store) / f"{run.run_id}.json").write_text(json.dumps(record))
    return open_run(run.store, run.run_id)


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    return apart(tmp_path_factory.mktemp("told"))


def test_a_naive_split_is_perfect_where_a_grouped_one_is_at_chance(tmp_path):
    run = apart(tmp_path, naive=True)
    found = obtain(DETECTOR, run, detector_params(run))
    assert found.naive.balanced.value > 0.99 and found.naive.balanced.low is None
    grouped = found.by_photograph.balanced
    assert grouped.low < 0.5 < grouped.high
    sentence = detector_sentence(found, None)
    assert f"a random split of the same images says {100 * found.naive.balanced.value:.0f} %" in (
        sentence
    )


def test_domains_that_differ_are_told_apart(told):
    params = detector_params(told, 8)
    found = obtain(DETECTOR, told, params)
    assert found.by_photograph.balanced.value > 0.95 and found.apart == ()
    assert found.counted == "192 images of 24 photographs" and found.components == 8
    pixels = obtain(DETECTOR_PIXELS, told, PixelParams(params.domains, 8, 0))
    assert pixels.by_photograph.balanced.value < found.by_photograph.balanced.value
    assert "scores of the pixels alone reach" in detector_sentence(found, pixels)


def test_the_sweep_agrees_with_single_runs_and_stops_where_samples_do(told):
    params = detector_params(told)
    swept = obtain(DETECTOR_SWEEP, told, DetectorSweepParams(params.encoders, params.domains, 0))
    assert swept.components == (2, 4, 8, 16, 32, 64) and swept.chance == 0.5
    one = obtain(DETECTOR, told, detector_params(told, 8)).by_photograph.balanced
    assert swept.by_photograph[2].value == pytest.approx(one.value)
    assert detector.most_components(told, ("alpha",), ("rich",)) == 40


def test_each_domain_is_left_out_of_the_basis(told):
    params = detector_params(told, 8)
    without = obtain(DETECTOR_WITHOUT, told, WithoutParams(params.encoders, params.domains, 8, 0))
    assert without.domains == ("few", "rich")
    one = obtain(DETECTOR, told, detector_params(told, 8, "few")).by_photograph
    assert without.recalls[0].value == pytest.approx(one.recalls[0].value)
    assert without.balanced[0].value == pytest.approx(one.balanced.value)


def test_a_domain_of_few_photographs_is_set_apart(tmp_path):
    run = planted_run(tmp_path, n=60, groups=20, few=2, untrained=0)
    with pytest.raises(AnalysisError, match="1 of 2 domains come from 3 photographs"):
        obtain(DETECTOR, run, detector_params(run))
    with pytest.raises(AnalysisError, match="two at least"):
        pooled(run, ("rich",))


def test_of_large_domains_some_samples_are_drawn_and_counted(run, monkeypatch):
    every = pooled(run, ("rich", "few"), most=None)
    assert [len(rows) for rows in every.rows] == [run.domains[d].n for d in ("rich", "few")]
    monkeypatch.setattr("substrate.analyses.detector.accuracy.MOST", 40)
    known = pooled(run, ("rich", "few"), most=40)
    assert [len(rows) for rows in known.rows] == [40, 40] and len(known.domains) == 80
    assert known.counted.startswith("80 images (drawn at random of ")
    for d, rows in zip(("rich", "few"), known.rows, strict=True):
        assert known.groups[known.domains == d].tolist() == run.groups(d)[rows].tolist()
    taken = stacked(run, run.panel[:1], ("rich", "few"), known)[0]
    own = run.representation(run.panel[0], "few").features
    assert np.array_equal(taken[40:], own[known.rows[1]])


def test_domains_set_apart_are_tested_within_photographs(run):
    record = json.loads(json.dumps(run.record))
    table = run.samples("rich")
    groups = np.where(np.arange(len(table)) < 60, "one", "two")
    run.store.put(
        "ab" * 32,
        arrays={"thumbnails": run.thumbnails("rich"), "pixels": run.pixels("rich")},
        meta={},
        table=table.assign(group=groups),
    )
    third = {**record["domains"][0], "name": "third", "entry": "ab" * 32}
    record["domains"].append(third)
    for name in ENCODERS:
        record["pairs"][f"{name}/third"] = record["pairs"][f"{name}/rich"]
    found = obtain(
        DETECTOR, changed := Run(run.run_id, run.store, record), detector_params(changed, 4)
    )
    assert found.apart == ("third",) and found.by_photograph.classes == ("few", "rich")
    assert found.within.classes == ("few", "rich", "third")
    titles = {"few": "Few", "rich": "Rich", "third": "Third"}
    assert "Third: fewer than three photographs" in detector_context(found, titles)
    assert "3 photographs (Few)" in detector_context(found, titles)


# Images of one's own


def shown(run: Run, name: str, features, pixels) -> DetectionParams:
    """Put what encoders make of an image, and its pixels, into the store."""
    arrays = {e: np.asarray(x, dtype=np.float32) for e, x in features.items()}
    arrays["pixels"] = pixels
    run.store.put(image_key(run, name), arrays=arrays, meta={})
    fit = detector_params(run, 8)
    return DetectionParams(**vars(fit), image=name)


def test_a_known_image_is_found_again(told):
    x = {e: told.representation(e, "few").features[17] for e in ENCODERS}
    found = obtain(DETECTION, told, shown(told, "aa", x, told.pixels("few")[17]))
    assert found.domain == found.likeliest == "few" and found.inside
    assert found.nearest[0] == ("few", 17) and found.distances[0] == pytest.approx(0, abs=1e-4)
    assert sum(found.probabilities.values()) == pytest.approx(1)
    assert len(found.scores) == 8 and len(found.nearest) == 12
    titles = {"few": "Few", "rich": "Rich"}
    assert "looks like Few" in detection_sentence(found, titles)
    assert "whole" in detection_notes(found, titles)


def test_an_image_from_elsewhere_is_none_of_these(told):
    x = {e: 60 * np.random.default_rng(1).normal(size=w) for e, w in ENCODERS.items()}
    found = obtain(DETECTION, told, shown(told, "bb", x, told.pixels("few")[17]))
    assert found.domain == NONE and not found.inside and found.distance > found.threshold
    assert detection_sentence(found, {"few": "Few", "rich": "Rich"}).startswith("None of these")


@pytest.mark.parametrize("colour", [(200, 20, 20), (0, 0, 0), (128, 128, 128)])
def test_a_flat_rectangle_is_none_of_these_whatever_the_encoders_make_of_it(told, colour):
    """Encoders that map it onto a known sample do not make it one: its own pixels say no."""
    x = {e: told.representation(e, "few").features[17] for e in ENCODERS}
    flat = np.full((32, 32, 3), colour, np.uint8)
    found = obtain(DETECTION, told, shown(told, f"ee{colour[1]}", x, flat))
    assert found.distance <= found.threshold and found.unlike > found.unlike_most
    assert found.domain == NONE and found.likeliest == "few"
    said = detection_sentence(found, {"few": "Few", "rich": "Rich"})
    assert said.startswith("None of these") and "light, colours and spectrum" in said
    assert "training samples are" not in said  # what is not the reason is not given as one
    assert found.flat and "it is one colour" in said
    assert of_image(found, {"few": "Few", "rich": "Rich"}).short.startswith(
        "None of these: the image is one colour"
    )


def test_one_colour_is_none_of_these_even_where_its_statistics_pass(told, monkeypatch):
    monkeypatch.setattr(Typicality, "outside", lambda *_: False)
    x = {e: told.representation(e, "few").features[17] for e in ENCODERS}
    rng = np.random.default_rng(0)
    for name, pixels, flat in (
        ("e1", np.full((32, 32, 3), (9, 200, 30)) + rng.integers(0, 3, (32, 32, 3)), True),
        ("e2", np.full((32, 32, 3), (9, 200, 30)) + rng.integers(0, 9, (32, 32, 3)), False),
    ):
        found = obtain(DETECTION, told, shown(told, name, x, pixels.astype(np.uint8)))
        assert (found.flat, found.domain) == (flat, NONE if flat else "few")


def test_a_domain_of_fewer_than_three_photographs_is_the_nearest_and_no_more(told):
    x = {e: told.representation(e, "few").features[17] for e in ENCODERS}
    found = obtain(DETECTION, told, shown(told, "aa", x, told.pixels("few")[17]))
    unknown, titles = replace(found, within=("few",)), {"few": "Few", "rich": "Rich"}
    assert detection_sentence(unknown, titles).startswith(
        "Of these domains this image is nearest to Few; whether it belongs there cannot be told"
    )
    verdict = of_image(unknown, titles)
    assert verdict.badge is Badge.NO_INTERVAL
    assert verdict.short.startswith("Nearest is Few, which this cannot decide, at distance ")


@pytest.mark.parametrize("spread", [0.25, 0.35])
def test_noise_is_none_of_these_however_far_apart_the_samples_are(told, spread):
    """Samples as far from each other as from noise do not make noise one of them."""
    x = {e: told.representation(e, "few").features[17] for e in ENCODERS}
    rng = np.random.default_rng(7)
    pixels = np.clip(255 * (0.5 + spread * rng.standard_normal((32, 32, 3))), 0, 255)
    name = f"ff{round(100 * spread)}"
    found = obtain(DETECTION, told, shown(told, name, x, pixels.astype(np.uint8)))
    assert found.distance <= found.threshold and found.likeliest == "few"
    assert found.from_noise < 2 / 3 * found.unlike and found.noise
    assert found.domain == NONE
    titles = {"few": "Few", "rich": "Rich"}
    wide = replace(found, unlike_most=1e9)  # where noise alone is the reason
    assert "pictures of noise" in detection_sentence(wide, titles)
    assert of_image(wide, titles).short.startswith("None of these: noise is nearer than samples")


def test_held_out_samples_are_seldom_called_none_of_these(told):
    found = obtain(DETECTOR_SUPPORT, told, detector_params(told, 8))
    assert set(found.by_domain) == {"few", "rich"}
    each = [one.value for one in found.by_domain.values()]
    assert found.refused.value == pytest.approx(np.mean(each)) and max(each) < 0.1
    assert all(one.low < 0.02 < one.high for one in found.by_domain.values())
    said = support_note(found, {"few": "Few", "rich": "Rich"})
    assert "Of held-out samples of these domains" in said and "Few" in said


def test_an_image_that_is_gone_is_said_to_be(told):
    params = DetectionParams(**vars(detector_params(told, 8)), image="cc")
    with pytest.raises(AnalysisError, match="drop it again"):
        obtain(DETECTION, told, params)


def test_a_fitted_detector_survives_the_store(told):
    params = DetectionParams(**vars(detector_params(told, 8)), image="dd").fit()
    first, again = (obtain(DETECTOR_FIT, told, params) for _ in range(2))
    assert again.starts == (0, 96) and again.detector.classes == ("few", "rich")
    for one, two in zip(first.basis.scales, again.basis.scales, strict=True):
        np.testing.assert_array_equal(one.mean, two.mean)
        np.testing.assert_array_equal(one.gains, two.gains)
        for bound, stored in zip(one.bounds, two.bounds, strict=True):
            np.testing.assert_array_equal(bound, stored)
    np.testing.assert_array_equal(first.detector.support, again.detector.support)


# Few labels


def test_few_labels_compare_the_substrate_with_every_encoder(run):
    found = obtain(LOW_SHOT, run, low_shot_params(run, "rich", 8))
    assert [s.name for s in found.spaces] == [SUBSTRATE, *ENCODERS, UNTRAINED]
    assert [s.width for s in found.spaces] == [8, *ENCODERS.values(), 8]
    assert found.shots == (5, 10, 20) and found.chance == pytest.approx(1 / 3)
    ours, alpha = found.space(SUBSTRATE), found.space("alpha")
    assert ours.differences == () and len(alpha.differences) == 3
    for i in range(3):
        assert alpha.differences[i].value == pytest.approx(
            alpha.accuracies[i].value - ours.accuracies[i].value
        )
        assert alpha.differences[i].low < alpha.differences[i].value
    sentence = low_shot_sentence(found, TITLES, "Rich")
    assert "5 labels per class give" in sentence and "8 substrate scores" in sentence
    assert gain(alpha, 0).count("(") == 1
    assert "suffice for 20" in low_shot_context(found)


def test_few_labels_within_photographs_have_no_interval(run):
    found = obtain(LOW_SHOT, run, low_shot_params(run, "few", 4))
    assert found.within and found.spaces[0].accuracies[0].low is None
    assert "no interval" in low_shot_context(found)
    assert "(" not in gain(found.space("beta"), 0)


def test_too_few_images_for_five_labels_are_said(tmp_path):
    small = planted_run(tmp_path, n=24, groups=12, untrained=0)
    with pytest.raises(AnalysisError, match="5 labels per class were asked for"):
        obtain(LOW_SHOT, small, low_shot_params(small, "rich", 4))
