"""Weights from files: planted layers with a known answer, bundled networks, and what is refused."""

import json

import numpy as np
import pytest
import torch
from safetensors.numpy import save, save_file
from safetensors.torch import save_file as save_torch
from typer.testing import CliRunner

from substrate.cli import app
from substrate.files import weights
from substrate.files.layers import WeightsError, read_layers
from substrate.files.weights import lines, report
from substrate.numerics.weights.spatial import Agreement
from substrate.numerics.weights.spectrum import neurons, weight_spectrum
from substrate.shipped import shipped

STEEP = 2.0 ** -np.arange(9)


def kernels(axes, rng, shape=(24, 12)):
    draws = rng.standard_normal((*shape, 9)) * np.sqrt(STEEP)
    return (draws @ axes.T).reshape(*shape, 3, 3).astype(np.float32)


def haar(rng, d=9):
    return np.linalg.qr(rng.standard_normal((d, d)))[0]


def network(path, axes, rng, layers=3):
    tensors = {f"features.{i}.weight": kernels(axes, rng) for i in (0, 2, 10)[:layers]}
    tensors |= {"features.0.bias": np.zeros(24, np.float32), "norm.weight": np.ones(24, np.float32)}
    save_file(tensors, path)
    return read_layers(path)


def command(*words):
    return CliRunner().invoke(app, ["weights", *map(str, words)])


def test_matrices_and_kernels_are_read_in_order(tmp_path):
    rng = np.random.default_rng(0)
    layers = network(tmp_path / "a.safetensors", haar(rng), rng)
    assert [layer.name for layer in layers] == ["features.0", "features.2", "features.10"]
    assert neurons(layers[0].weights).shape == (24 * 9, 12)
    w = layers[0].weights
    np.testing.assert_array_equal(neurons(w)[5], w[0, :, 1, 2])


def test_queries_keys_and_values_are_three_layers(tmp_path):
    joint = np.arange(6 * 4, dtype=np.float32).reshape(6, 4)
    save_file({"blocks.0.attn.qkv.weight": joint}, tmp_path / "a.safetensors")
    layers = read_layers(tmp_path / "a.safetensors")
    assert [layer.name for layer in layers] == [f"blocks.0.attn.{part}" for part in "qkv"]
    np.testing.assert_array_equal(layers[1].weights, joint[2:4])


def test_filters_of_one_bank_agree_and_those_of_another_do_not(tmp_path):
    rng = np.random.default_rng(1)
    bank = haar(rng)
    same = {name: network(tmp_path / f"{name}.safetensors", bank, rng) for name in "ab"}
    found = report(same, seed=5)
    each = [row["spatial"]["agreement"] for rows in found["networks"].values() for row in rows]
    assert min(one["value"] for one in each) > 0.9 and max(one["chance"] for one in each) < 0.5
    assert found["sentence"].startswith("In 6 of 6 layers")
    apart = {name: network(tmp_path / f"{name}.safetensors", haar(rng), rng) for name in "cd"}
    found = report(apart, seed=5)
    assert int(found["sentence"].split()[1]) <= 3


def test_p_values_of_layers_are_corrected_for_all_of_them(tmp_path, monkeypatch):
    """By hand, of p-values that are given: three of six hold alone, and one with all others."""
    rng = np.random.default_rng(1)
    bank = haar(rng)
    same = {name: network(tmp_path / f"{name}.safetensors", bank, rng) for name in "ab"}
    given = iter([0.001, 0.02, 0.03, 0.2, 0.4, 0.9])
    monkeypatch.setattr(
        weights, "agreement_beside_chance", lambda *_, **__: Agreement(0.9, 0.3, 0.5, next(given))
    )
    found = report(same)
    each = [row["spatial"]["agreement"] for rows in found["networks"].values() for row in rows]
    assert [one["p_of_all"] for one in each] == pytest.approx([0.006, 0.1, 0.12, 0.6, 0.8, 0.9])
    assert found["sentence"].startswith("In 1 of 6 layers") and "Holm's" in found["sentence"]


def test_many_layers_can_all_be_beyond_random_bases(tmp_path):
    """The smallest p-value of the draws stands the correction for 60 layers."""
    rng = np.random.default_rng(1)
    bank = haar(rng)
    tensors = {f"{i}.weight": kernels(bank, rng) for i in range(60)}
    save_file(tensors, tmp_path / "a.safetensors")
    found = report({"a": read_layers(tmp_path / "a.safetensors")})
    assert found["sentence"].startswith("In 60 of 60 layers")


def test_eigenvalues_above_noise_stand_beside_how_many_noise_has(tmp_path):
    """One in ten to a quarter of layers of noise, of sizes from few to many neurons per input."""
    rng = np.random.default_rng(11)
    for shape in ((32, 64), (96, 64), (288, 32)):
        draws = [weight_spectrum(rng.standard_normal(shape)).noise.above > 0 for _ in range(300)]
        assert 0.05 < np.mean(draws) < 0.25
    path = tmp_path / "a.safetensors"
    save_file({"a.weight": rng.standard_normal((96, 64)).astype(np.float32)}, path)
    printed = command(path).stdout
    assert "noise alone has an eigenvalue above the edge in up to a quarter of layers" in printed
    assert json.loads(command(path, "--json").stdout)["noise_alone"].startswith("Noise alone has")


def test_a_network_is_held_against_networks_of_noise(tmp_path):
    """Six layers of noise are not told from noise; with planted directions in two, they are."""
    rng = np.random.default_rng(12)
    path = tmp_path / "a.safetensors"
    tensors = {f"{i}.weight": rng.standard_normal((96, 64)).astype(np.float32) for i in range(6)}
    for planted in (0, 2):
        for i in range(planted):
            tensors[f"{i}.weight"][:, :6] *= 6
        save_file(tensors, path)
        found = json.loads(command(path, "--json").stdout)["beside_noise"][str(path)]
        draws = np.array(found["in_noise"])
        assert len(draws) == 5 and 0 < draws.mean() < 6 * 0.25 + 1
        assert found["further_draw_at_most"] == pytest.approx(
            draws.mean() + 2.7764 * draws.std(ddof=1) * np.sqrt(6 / 5), rel=1e-4
        )
        assert found["more"] == bool(planted) and found["above_noise"] >= 6 * planted
        printed = command(path).stdout
        assert ("Channels: more than noise has." in printed) == bool(planted)
        assert ("Channels: not told from noise." in printed) == (not planted)
        assert "of noise of these sizes (" in printed and "in 5 draws" in printed


def test_one_network_is_compared_with_its_own_other_layers(tmp_path):
    rng = np.random.default_rng(2)
    found = report({"a": network(tmp_path / "a.safetensors", haar(rng), rng)})
    first = found["networks"]["a"][0]["spatial"]["agreement"]
    assert first["value"] > 0.9 and "the other layers" in found["sentence"]


def test_filters_without_a_preferred_basis_are_not_compared(tmp_path):
    rng = np.random.default_rng(3)
    for name in "ab":
        w = rng.standard_normal((24, 12, 3, 3)).astype(np.float32)
        save_file({"0.weight": w, "1.weight": w[::-1].copy()}, tmp_path / f"{name}.safetensors")
    found = report({name: read_layers(tmp_path / f"{name}.safetensors") for name in "ab"})
    rows = [row for rows in found["networks"].values() for row in rows]
    assert all(row["spatial"]["agreement"] is None for row in rows)
    assert (
        "tie" in rows[0]["spatial"]["reason"]
        and "No spatial eigenvectors are compared" in found["sentence"]
    )


def test_a_planted_rank_is_read_beside_what_its_estimator_gives(tmp_path):
    rng = np.random.default_rng(4)
    learned = 60 * np.exp(-np.arange(40) / 8)
    w = rng.standard_normal((256, 320))
    w[:, :40] *= np.sqrt(1 + learned)
    save_file({"fc.weight": (0.02 * w).astype(np.float32)}, tmp_path / "a.safetensors")
    row = report({"a": read_layers(tmp_path / "a.safetensors")})["networks"]["a"][0]["channels"]
    assert row["noise_variance"] == pytest.approx(0.02**2, rel=0.03)
    assert row["effective_rank"] == pytest.approx(7.1, abs=0.5)
    assert row["planted"]["similarity"] == pytest.approx(0.94, abs=0.02)
    assert row["planted"]["effective_rank"] < row["effective_rank"] + 0.3


def test_what_cannot_be_told_says_why(tmp_path):
    rng = np.random.default_rng(5)
    decayed = rng.standard_normal((256, 320)) * np.geomspace(0.05, 1, 320)
    tensors = {
        "0.weight": rng.standard_normal((64, 96)),
        "1.weight": decayed,
        "2.weight": rng.standard_normal((5, 96)),
        "3.weight": rng.standard_normal((96, 1, 3, 3)),
    }
    path = tmp_path / "a.safetensors"
    save_file({name: w.astype(np.float32) for name, w in tensors.items()}, path)
    rows = report({"a": read_layers(path)})["networks"]["a"]
    reasons = [row["channels"]["reason"] for row in rows]
    assert reasons[0] == "No eigenvalue stands out of the noise."
    assert "not those of noise of one variance" in reasons[1]
    assert "5 of 5 eigenvalues are left" in reasons[2]
    assert reasons[3].startswith("One input channel")
    text = "\n".join(lines(report({"a": read_layers(path)})))
    assert "none" in text and "not told" in text


def test_the_command_prints_a_bundled_encoder_and_its_numbers():
    done = command("vgg_narrow", "--json")
    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout)
    rows = found["networks"]["vgg_narrow"]
    layers = read_layers(shipped("data", "encoders") / "vgg_narrow.safetensors")
    assert [row["layer"] for row in rows] == [layer.name for layer in layers]
    w = layers[2].weights.reshape(-1, 9)
    values = np.linalg.eigvalsh(w.T @ w)[::-1]
    assert rows[2]["spatial"]["shares"] == pytest.approx((values / values.sum())[:5].tolist())
    assert found["sentence"] in command("vgg_narrow").stdout


ZEROS = np.zeros((0, 12), np.float32)
WHOLE = save({"a.weight": np.ones((30, 12, 3, 3), np.float32)})


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"not tensors", r"cannot be read as .safetensors .*: save the network's weights again"),
        (WHOLE[:500], "cannot be read as .safetensors"),
        (bytes(4), "cannot be read as .safetensors"),
        (b"\xff" * 7 + b"\x7f{}", "cannot be read as .safetensors"),
        ({"norm.weight": np.ones(4, np.float32)}, "holds no matrices or kernels"),
        (
            {"a.weight": np.full((4, 4), np.nan, np.float32)},
            r"a holds values .* \(16 of 16\): take",
        ),
        ({"a.weight": ZEROS}, r"a.safetensors: a is empty \(0 x 12\): save"),
        ({"a.weight": np.ones((4, 4), np.int8)}, r"a.safetensors: a holds I8, .* as float32"),
    ],
)
def test_files_without_weights_are_one_sentence(tmp_path, content, said):
    path = tmp_path / "a.safetensors"
    if isinstance(content, bytes):
        path.write_bytes(content)
    else:
        save_file(content, path)
    with pytest.raises(WeightsError, match=said):
        read_layers(path)
    done = command(path)
    assert done.exit_code == 2 and "Traceback" not in done.output


def test_halves_of_float32_are_read_as_they_are(tmp_path):
    """By torch's own bfloat16, beside tensors of other types."""
    rng = np.random.default_rng(7)
    w = torch.tensor(rng.standard_normal((24, 12, 3, 3))).to(torch.bfloat16)
    other = torch.tensor(rng.standard_normal((8, 24)))
    tensors = {"b.weight": w, "a.weight": other.half(), "b.bias": torch.zeros(24)}
    save_torch(tensors, tmp_path / "a.safetensors")
    first, second = read_layers(tmp_path / "a.safetensors")
    np.testing.assert_array_equal(first.weights, other.half().double().numpy())
    np.testing.assert_array_equal(second.weights, w.double().numpy())


def test_layers_without_a_basis_are_left_out(tmp_path):
    """Zeros have no eigenvectors, and copies of one kernel have one: nothing is compared."""
    rng = np.random.default_rng(8)
    bank = haar(rng)
    tensors = {f"{i}.weight": kernels(bank, rng) for i in range(3)}
    tensors["3.weight"] = np.zeros((24, 12, 3, 3), np.float32)
    tensors["4.weight"] = np.ones((24, 12, 3, 3), np.float32)
    save_file(tensors, tmp_path / "a.safetensors")
    found = report({"a": read_layers(tmp_path / "a.safetensors")})
    rows = found["networks"]["a"]
    assert found["sentence"].startswith("In 3 of 3 layers")
    assert rows[3]["spatial"]["reason"] == "All kernels are zero: they have no patterns."
    assert rows[3]["channels"]["reason"] == "All weights are zero."
    assert rows[4]["spatial"]["reason"].startswith("The kernels span 1 of 9 dimensions")
    save_file({f"{i}.weight": tensors["4.weight"] for i in "ab"}, tmp_path / "b.safetensors")
    found = report({"b": read_layers(tmp_path / "b.safetensors")})
    assert found["sentence"].startswith("No spatial eigenvectors are compared. The kernels span 1")
    json.dumps(found, allow_nan=False)


def test_a_single_layer_and_kernels_of_a_pixel_say_why(tmp_path):
    rng = np.random.default_rng(9)
    one = {"a.weight": kernels(haar(rng), rng)}
    pixel = {"a.weight": rng.standard_normal((24, 12, 1, 1)).astype(np.float32)}
    said = {}
    for name, tensors in (("one", one), ("pixel", pixel)):
        save_file(tensors, tmp_path / f"{name}.safetensors")
        said[name] = report({name: read_layers(tmp_path / f"{name}.safetensors")})["sentence"]
    assert said["one"].endswith("No other layer after a first one has kernels of its size.")
    assert said["pixel"].endswith("No layer has square kernels of more than a pixel.")


def test_a_network_named_twice_is_refused_and_a_copy_is_named(tmp_path):
    rng = np.random.default_rng(10)
    network(tmp_path / "a.safetensors", haar(rng), rng)
    (tmp_path / "b.safetensors").write_bytes((tmp_path / "a.safetensors").read_bytes())
    done = command("vgg", "vgg")
    said = " ".join(done.output.split())
    assert done.exit_code == 2 and "vgg and vgg are one file" in said
    done = command(tmp_path / "a.safetensors", tmp_path / "b.safetensors")
    said = "".join(done.output.split())
    assert done.exit_code == 0 and "b.safetensorsholdthesameweights:thattheyagreesays" in said


def test_unknown_names_and_other_files_are_one_sentence(tmp_path):
    assert "no bundled encoder 'vggg'" in " ".join(command("vggg").output.split())
    said = " ".join(command(tmp_path / "a.safetensors").output.split())
    assert "There is no file" in said and "a.safetensors: give one" in said
    (tmp_path / "b.safetensors").mkdir()
    said = " ".join(command(tmp_path / "b.safetensors").output.split())
    assert "b.safetensors is a folder and no .safetensors file" in said


@pytest.mark.parametrize("one", ["--first", "--second"])
def test_one_encoder_to_align_is_asked_for_the_other(tmp_path, one):
    done = command(tmp_path / "study.yaml", one, "vgg")
    assert done.exit_code == 2
    assert "give both --first and --second" in " ".join(done.output.split())
