"""All metrics at once, from arrays and from files, and the page that documents them."""

import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet
from safetensors.numpy import save_file

from substrate.files.metrics import (
    load_features,
    score_files,
    score_lines,
)
from substrate.numerics.metrics import (
    METRICS,
    FeaturesError,
    score,
)
from substrate.numerics.metrics.support.battery import score_all
from substrate.numerics.metrics.support.document import (
    metadata_rows,
    metrics_page,
)
from tests.support.refusals import refused

ASYMMETRIC = {"pwcca", "information_imbalance", "linear_predictivity", "soft_match"}


@pytest.fixture
def pair():
    x, noise = np.random.default_rng(0).normal(size=(2, 40, 18))
    return x, x + 0.5 * noise


def test_every_metric_is_in_the_result_and_it_is_json(pair):
    result = json.loads(json.dumps(score_all(*pair)))
    assert set(METRICS) <= set(result)
    for key, metric in METRICS.items():
        if key in ASYMMETRIC:
            assert result[key]["x_to_y"] == pytest.approx(score(key, *pair))
            assert result[key]["y_to_x"] == pytest.approx(score(key, *pair[::-1]))
        elif metric.output == "scalar":
            assert result[key] == pytest.approx(score(key, *pair))
        assert result["parameters"][key].keys() == metric.parameters.keys()
    assert np.shape(result["eigenvector_cosine"]) == (16, 16)
    assert (result["samples"], result["widths"], result["undefined"]) == (40, [18, 18], {})


def test_the_asymmetric_ones_are_the_documented_four():
    assert {key for key, metric in METRICS.items() if not metric.symmetric} == ASYMMETRIC


def test_an_undefined_metric_does_not_stop_the_others(pair):
    x, y = pair
    result = score_all(x, y[:, :7], ["bures", "linear_cka"])
    assert result["bures"] is None
    assert "bures_cosine" in result["undefined"]["bures"]
    assert 0 < result["linear_cka"] < 1


def test_nulls_say_how_sure_each_score_is(pair):
    keys = ["debiased_cka", "procrustes_angular", "pwcca", "bures", "eigenvector_cosine"]
    result = json.loads(json.dumps(score_all(*pair, keys, null=19, seed=1)))
    beside = result["null"]
    for one in (beside["debiased_cka"], beside["procrustes_angular"], beside["pwcca"]["x_to_y"]):
        assert one["p"] == pytest.approx(1 / 20)
        assert one["permutations"] == 19
    assert beside["debiased_cka"]["mean"] == pytest.approx(0, abs=0.1)
    assert "ignores which row" in beside["bures"]["reason"]
    assert "matrix" in beside["eigenvector_cosine"]["reason"]


def test_groups_make_the_units_of_the_null(pair):
    result = score_all(*pair, ["linear_cka"], null=9, groups=np.repeat(np.arange(20), 2))
    assert result["null"]["linear_cka"]["groups"] == 20


def test_parameters_reach_the_metric(pair):
    result = score_all(*pair, ["mutual_knn"], parameters={"mutual_knn": {"k": 3}})
    assert result["mutual_knn"] == pytest.approx(score("mutual_knn", *pair, k=3))
    assert result["parameters"]["mutual_knn"]["k"] == 3


def test_unknown_keys_and_unequal_lengths_are_named(pair):
    with pytest.raises(KeyError, match="'cka'"):
        score_all(*pair, ["cka"])
    with refused(FeaturesError, "40 and 39 samples"):
        score_all(pair[0], pair[1][:39])


def test_every_kind_of_file_gives_the_same_features(tmp_path, pair):
    x = pair[0].astype(np.float32)
    np.save(tmp_path / "x.npy", x)
    np.savez(tmp_path / "x.npz", features=x)
    save_file({"features": x}, tmp_path / "x.safetensors")
    columns = {"sample_id": [f"s{i}" for i in range(40)]} | {f"u{j}": x[:, j] for j in range(18)}
    parquet.write_table(pa.table(columns), tmp_path / "x.parquet")
    for path in tmp_path.iterdir():
        np.testing.assert_array_equal(load_features(path), x)
    result = score_files(tmp_path / "x.npy", tmp_path / "x.parquet", ["linear_cka"], null=9)
    assert result["linear_cka"] == pytest.approx(1)


def test_files_that_hold_no_features_are_refused_with_the_reason(tmp_path):
    rng = np.random.default_rng(0)
    np.save(tmp_path / "cube.npy", rng.normal(size=(4, 3, 2)))
    np.save(tmp_path / "words.npy", np.array([["a", "b"]] * 5))
    np.save(tmp_path / "objects.npy", np.array([{"a": 1}], dtype=object), allow_pickle=True)
    np.savez(tmp_path / "two.npz", a=np.ones((5, 2)), b=np.ones((5, 2)))
    save_file({"a": np.ones((5, 2)), "b": np.ones((5, 2))}, tmp_path / "two.safetensors")
    parquet.write_table(pa.table({"name": ["a", "b"]}), tmp_path / "names.parquet")
    (tmp_path / "features.csv").write_text("1,2")
    for name in ("broken.npy", "broken.npz", "broken.safetensors", "broken.parquet"):
        (tmp_path / name).write_bytes(b"not an array")
    (tmp_path / "empty.npy").write_bytes(b"")
    expected = {
        "cube.npy": r"shape \(4, 3, 2\), expected .*\(samples, units\)",
        "words.npy": "expected real numbers",
        "objects.npy": "cannot be read",
        "two.npz": r"holds 2 arrays, \['a', 'b'\]",
        "two.safetensors": "holds 2 arrays",
        "names.parquet": "no numeric columns",
        "features.csv": "expected one of",
        "missing.npy": "There is no file",
        "broken.npy": "cannot be read",
        "broken.npz": "cannot be read",
        "broken.safetensors": "cannot be read",
        "broken.parquet": "cannot be read",
        "empty.npy": "cannot be read",
    }
    for name, message in expected.items():
        with pytest.raises(FeaturesError, match=message):
            load_features(tmp_path / name)
    assert load_features(tmp_path / "two.npz", "b").shape == (5, 2)
    with pytest.raises(FeaturesError, match="no array 'c'"):
        load_features(tmp_path / "two.npz", "c")


def test_group_labels_from_a_file_must_fit(tmp_path, pair):
    np.save(tmp_path / "x.npy", pair[0])
    np.save(tmp_path / "groups.npy", np.arange(39))
    with pytest.raises(FeaturesError, match=r"expected \(40,\)"):
        score_files(tmp_path / "x.npy", tmp_path / "x.npy", groups=tmp_path / "groups.npy")


def test_the_page_of_all_metrics_is_up_to_date():
    page = Path(__file__).parents[2] / "docs" / "metrics.md"
    assert page.read_text() == metrics_page(METRICS), "write it again: make docs"


def test_every_metric_has_a_row_of_plain_text():
    rows = metadata_rows(METRICS)
    assert [row["key"] for row in rows] == list(METRICS)
    assert all(isinstance(cell, str) and cell for row in rows for cell in row.values())


def test_scores_are_laid_out_as_a_table(pair):
    x, y = pair
    keys = ["linear_cka", "pwcca", "bures", "eigenvector_cosine"]
    text = "\n".join(score_lines(score_all(x, y[:, :7], keys, null=9)))
    rows = {line.split("  ")[0]: line for line in text.splitlines()}
    assert rows["metric"].split() == ["metric", "value", "null", "mean", "95", "%", "level", "p"]
    assert float(rows["linear_cka"].split()[1]) == pytest.approx(score("linear_cka", x, y[:, :7]))
    assert float(rows["pwcca x to y"].split()[-1]) == pytest.approx(0.1)
    assert "undefined" in rows["bures"]
    assert "Align the second side" in text
    assert "16 x 7 matrix" in rows["eigenvector_cosine"]
    assert text.endswith("40 samples, 18 and 7 units\nnull: 9 permutations of 40 groups of samples")
    plain = list(score_lines(score_all(x, y, ["linear_cka"])))
    assert plain[0].split() == ["metric", "value"]
    assert len(plain[1].split()) == 2


@pytest.mark.parametrize("count", [2, 9])
def test_few_groups_have_scores_and_no_null_and_say_why(pair, count):
    groups = np.arange(40) * count // 40
    result = score_all(*pair, ["linear_cka", "mutual_knn"], null=9, groups=groups)
    without = score_all(*pair, ["linear_cka", "mutual_knn"], groups=groups)
    assert result["linear_cka"] == without["linear_cka"]
    assert result["mutual_knn"] == without["mutual_knn"]
    reason = f"No comparison with chance: {count} groups, and at least 10 are needed."
    assert "null" not in result and result["no_null"] == reason
    head, row, *_, last = score_lines(result)
    assert head.split() == ["metric", "value"] and len(row.split()) == 2 and last == reason


def test_ten_groups_have_a_null_and_nine_samples_have_none(pair):
    groups = np.repeat(np.arange(10), 4)
    assert score_all(*pair, ["linear_cka"], null=9, groups=groups)["null"]["linear_cka"]["p"]
    x, y = (side[:9] for side in pair)
    assert "9 samples, and at least 10" in score_all(x, y, ["linear_cka"], null=9)["no_null"]
