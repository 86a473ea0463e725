"""Two networks' weights through the inputs that they see: a copy, a sibling, and refusals."""

import json
import shutil
from copy import deepcopy
from dataclasses import replace

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.numpy import load_file, save_file
from typer.testing import CliRunner

from substrate.analyses.weights.alignable import aligned_params
from substrate.analyses.weights.aligned import COPIES, PARTIAL, SHUFFLES, measured
from substrate.analyses.weights.better import twins_better
from substrate.cli import app
from substrate.domains import folder
from substrate.encoder_ref import EncoderRef
from substrate.encoders.bundled import DIRECTORY, SOURCE
from substrate.extraction import prepared
from substrate.paired import weights
from substrate.paired.weight_patches import strongest_patches
from substrate.paired.weights import crossed_layers
from tests.support.planted import planted_run

pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture(scope="module")
def pictures(tmp_path_factory):
    """Write smooth pictures of random colours, each its own photograph."""
    rng = np.random.default_rng(0)
    root = tmp_path_factory.mktemp("pictures")
    for i in range(40):
        coarse = Image.fromarray(rng.integers(0, 256, (6, 6, 3), dtype=np.uint8))
        coarse.resize((32, 32), Image.Resampling.BICUBIC).save(root / f"{i:02d}.png")
    return root


OTHER = "matched_vgg", "matched_vgg_bis"


def command(*words):
    return CliRunner().invoke(app, ["weights", *map(str, words)])


def test_a_network_through_itself_is_aligned_without_error(pictures):
    done = command("matched_factorised", "matched_factorised", "--images", pictures, "--json")
    assert done.exit_code == 0, done.output
    layers = json.loads(done.stdout)["aligned"]["layers"]
    assert next(iter(layers)) == "features.0.pointwise" and len(layers) == 8
    for row in layers.values():
        assert row["error"] < min(row["error_permuted"])
    assert layers["features.2.pointwise"]["error"] < 1e-6  # more positions than channels
    assert json.loads(done.stdout)["aligned"]["note"].endswith("they must agree.")
    last = layers["features.11.pointwise"]
    assert last["reason"] == PARTIAL and last["inputs_seen"] == 80 < last["inputs"] == 960
    assert last["identical"]["in_full"] > 1 > last["identical"]["through_what_is_seen"]
    assert layers["features.2.pointwise"]["inputs_seen"] == 160


def test_a_copy_with_neurons_scaled_and_in_another_order_is_named(pictures, tmp_path):
    """What the scale of a neuron adds, the layer that reads it undoes: rectifiers keep scales."""
    rng, held = np.random.default_rng(2), load_file(DIRECTORY / "matched_vgg.safetensors")
    order, scales = rng.permutation(48), rng.uniform(0.3, 3, 48).astype(np.float32)
    for part in ("features.8.weight", "features.8.bias"):
        held[part] = held[part][order]
    for part in ("running_mean", "running_var", "weight", "bias"):
        held[f"features.9.{part}"] = held[f"features.9.{part}"][order]
    for part in ("weight", "bias"):
        held[f"features.9.{part}"] *= scales
    held["features.11.weight"] = held["features.11.weight"][:, order] / scales[:, None, None]
    save_file({k: np.ascontiguousarray(v) for k, v in held.items()}, tmp_path / "copy.safetensors")
    words = ("matched_vgg", tmp_path / "copy.safetensors", "--images", pictures)
    done = command(*words, "--arch", "matched_vgg", "--json")
    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout)["aligned"]
    assert found["note"] == COPIES
    assert found["better_than_shuffled"]["untrained_twins"] == []  # of another file there are none
    layers = json.loads(command(*OTHER, "--images", pictures, "--json").stdout)["aligned"]
    assert "note" not in layers and len(layers["better_than_shuffled"]["untrained_twins"]) == 2
    assert max(layers["better_than_shuffled"]["untrained_twins"]) <= 7


def test_a_bias_that_is_no_number_is_named_itself(pictures, tmp_path):
    held = dict(load_file(DIRECTORY / "vgg_narrow.safetensors"))
    held["features.4.bias"] = held["features.4.bias"].copy()
    held["features.4.bias"][1] = np.nan
    path = tmp_path / "broken.safetensors"
    save_file(held, path)
    done = command("vgg_narrow", path, "--images", pictures, "--arch", "vgg_narrow")
    text = " ".join(done.output.split())
    assert done.exit_code == 2
    assert "broken: features.4.bias holds values that are not finite (1 of 32)" in text, text


def test_patches_lie_where_the_response_of_an_eigenvector_is_highest(pictures):
    """Read without the program's own pass: the input of one layer, projected by hand."""
    one, other = (
        SOURCE.load({"name": name, "layers": "penultimate"})
        for name in ("matched_vgg", "matched_vgg_bis")
    )
    images = folder.load(str(pictures))
    found = strongest_patches(one, other, images)
    assert len(found) == 8
    module = one.network.get_submodule("features.4")
    seen = []
    handle = module.register_forward_pre_hook(lambda _module, given: seen.append(given[0]))
    with torch.inference_mode():
        every = [images.read(row) for row in range(40)]
        one.network.eval()(prepared(every, one.preprocessing))
    handle.remove()
    w = module.weight.detach().double().numpy()
    matrix = w.transpose(0, 2, 3, 1).reshape(-1, w.shape[1])
    axes = np.linalg.eigh(matrix.T @ matrix)[1][:, ::-1]
    responses = np.einsum("nchw,cr->nrhw", seen[0].double().numpy(), axes[:, :5])
    rows = found[1][0].rows
    for rank in range(5):
        by_hand = [
            np.argsort(-responses[:, rank].max(axis=(1, 2)))[:4].tolist(),
            np.argsort(responses[:, rank].min(axis=(1, 2)))[:4].tolist(),
        ]
        kept = rows[rank].tolist()
        assert kept in (by_hand, [*_turned(responses[:, rank])])
    row = int(rows[0, 0, 0])
    patch = found[1][0].pictures[0, 0, 0]
    colours = {tuple(colour) for colour in patch.reshape(-1, 3)} - {(128, 128, 128)}
    assert colours <= {tuple(colour) for colour in np.asarray(every[row]).reshape(-1, 3)}


def _turned(responses):
    """Return the images at both ends of the eigenvector of the other sign."""
    yield np.argsort(responses.min(axis=(1, 2)))[:4].tolist()
    yield np.argsort(-responses.max(axis=(1, 2)))[:4].tolist()


def test_another_seed_is_aligned_better_than_permuted_photographs(pictures):
    done = command("matched_factorised", "matched_factorised_bis", "--images", pictures)
    assert done.exit_code == 0, done.output
    assert "Inputs aligned on half of 40 images of 40 photographs" in done.stdout
    table = done.stdout[done.stdout.index("Inputs aligned") :].splitlines()
    rows = [x for x in table if "pointwise" in x]
    assert len(rows) == 8
    pairs = [[float(x.strip("()")) for x in row.split()[1:3]] for row in rows]
    better = [error < permuted for error, permuted in pairs]
    assert all(better[:5]) and sum(better) >= 6  # twenty photographs are few for wide layers


@pytest.mark.parametrize("name", ["matched_factorised", "vgg_narrow"])
def test_untrained_networks_have_nothing_in_common(pictures, name):
    """Initial weights beside initial weights: where S is told at all, its range covers 0."""
    config = {"name": name, "layers": "penultimate"}
    twins = [SOURCE.untrained(config, seed) for seed in (0, 1)]
    images = folder.load(str(pictures))
    found = [measured(one, seed=0) for one in crossed_layers(*twins, images)]
    assert len(found) == 8
    said = [one for one in found if not one.reason]
    assert len(said) <= 2 and all(one.low <= 0 <= one.high for one in said)
    itself = [measured(one, seed=0) for one in crossed_layers(twins[0], twins[0], images)]
    assert sum(not one.reason for one in itself) <= 2


@torch.no_grad()
def permuted_stream(encoder, seed):
    """Return a transformer whose residual stream has its directions in another order."""
    model, order = deepcopy(encoder.network), None
    for name, values in model.state_dict().items():
        order = np.random.default_rng(seed).permutation(96)
        if name.endswith(("qkv.weight", "fc1.weight", "head.weight")):
            values.copy_(values[:, order].clone())
        elif name.endswith(("pos_embed", "cls_token")):
            values.copy_(values[..., order].clone())
        elif (
            name.startswith("patch_embed") or "norm" in name or ".proj." in name or ".fc2." in name
        ):
            values.copy_(values[order].clone())
    return replace(encoder, model=model)


def test_the_residual_stream_of_a_transformer_is_aligned(pictures):
    """A permuted stream is the same network; another seed is aligned better than shuffled."""
    one, other = (
        SOURCE.load({"name": name, "layers": "penultimate"}) for name in ("vit", "vit_seed1")
    )
    images = folder.load(str(pictures))
    kinds = ("attn.q", "attn.k", "attn.v", "attn.proj", "mlp.fc1", "mlp.fc2")
    expected = [f"blocks.{block}.{kind}" for block in range(6) for kind in kinds]
    same = crossed_layers(one, permuted_stream(one, 3), images)
    assert [layer.names[0] for layer in same] == ["patch_embed.proj", *expected]
    for layer in same[1:]:
        assert layer.widths == ((192, 96),) * 2 if "mlp" in layer.names[0] else ((96, 96),) * 2
        assert layer.crossing.error < 1e-6 < min(layer.crossing.error_permuted)
        np.testing.assert_allclose(layer.values[1], layer.values[0], rtol=1e-6)
    last = next(layer for layer in same if layer.names[0] == "blocks.5.mlp.fc2")
    leading = np.abs(np.diag(last.crossing.aligned))[:3]
    np.testing.assert_allclose(leading, 1.0, atol=1e-3)
    for layer in crossed_layers(one, other, images)[1:]:
        assert layer.crossing.error < min(layer.crossing.error_permuted)


def test_what_cannot_be_is_one_sentence(pictures, tmp_path):
    for words, said in (
        (("vgg", "--images", pictures), "not 1: name two"),
        (("vgg", "vit", "--images", pictures), "no convolutions of one name and shape"),
        (("vgg", "vgg", "--images", tmp_path), "is empty"),
    ):
        done = command(*words)
        assert done.exit_code == 2 and said in " ".join(done.output.split()), done.output


def test_files_of_bundled_encoders_need_no_architecture(tmp_path):
    """Others do, and an empty folder is named once both networks are known."""
    files = [DIRECTORY / f"{name}.safetensors" for name in ("vgg_narrow", "vgg_narrow_seed1")]
    done = command(*files, "--images", tmp_path)
    assert done.exit_code == 2 and f"the folder {tmp_path} is empty" in done.output.replace(
        "\n", ""
    )
    other = tmp_path / "other" / "vgg_narrow.safetensors"
    other.parent.mkdir()
    shutil.copy(files[0], other)
    done = command(other, files[1], "--images", tmp_path)
    assert done.exit_code == 2 and "say with --arch which architecture" in done.output


@pytest.mark.parametrize("shape", ["vgg_narrow", "matched_factorised"])
def test_a_bundled_encoder_saved_elsewhere_is_of_the_architecture_named(tmp_path, shape):
    """Of one that is bundled, in its own width, and read as it is."""
    elsewhere = tmp_path / "mine.safetensors"
    shutil.copy(DIRECTORY / f"{shape}.safetensors", elsewhere)
    found = SOURCE.from_file(elsewhere, shape, {"name": "mine", "layers": "last"})
    own = SOURCE.load({"name": shape, "layers": "last"})
    assert found.preprocessing == own.preprocessing
    for name, tensor in own.network.state_dict().items():
        assert torch.equal(tensor, found.network.state_dict()[name]), name


def test_kinds_and_near_names_of_architectures(tmp_path):
    elsewhere = tmp_path / "mine.safetensors"
    shutil.copy(DIRECTORY / "vgg.safetensors", elsewhere)
    for arch, said in (
        ("vgg", f"the folder {tmp_path / 'none'} does not exist"),
        ("resnet", "mine.safetensors does not fit resnet"),
        ("matched_vg", "No architecture is called 'matched_vg', here or in timm. Near names: "),
        ("vgg1", "vgg11"),
        ("a/b", "No architecture is called 'a/b'"),
    ):
        done = command(elsewhere, elsewhere, "--images", tmp_path / "none", "--arch", arch)
        text = " ".join(done.output.split())
        assert done.exit_code == 2 and said in text, text
    assert "give --images too" in " ".join(command("vgg", "--arch", "vgg").output.split())


def test_a_name_that_is_near_none_has_no_list_of_near_ones():
    done = command("0/1.txt")
    assert done.exit_code == 2 and "Near names" not in done.output
    assert "resnet" in command("resnt").output


class Steps:
    """What a job says of its progress."""

    def __init__(self):
        self.declared, self.shares, self.said = {}, {}, []

    def declare(self, weights):
        self.declared |= weights

    def phase(self, text, *, run_id=None):
        del run_id
        self.said.append(text)

    def step(self, name, share):
        self.shares[name] = share


def test_two_draws_of_untrained_twins_are_read_by_a_job_of_a_run_too(
    pictures, tmp_path, monkeypatch
):
    run = planted_run(tmp_path, n=40, groups=20, untrained=3)
    images, asked = folder.load(str(pictures)), []

    def loaded(_root, _run_id, name, _domain):
        asked.append(name)
        ref = EncoderRef.parse(name)
        config = {"name": OTHER[["alpha", "beta"].index(ref.name)], "layers": "penultimate"}
        if ref.twin is not None:
            return SOURCE.untrained(config, ref.twin), images
        return SOURCE.load(config), images

    monkeypatch.setattr(weights, "encoder_and_domain", loaded)
    progress = Steps()
    result = weights.read_weights_along(run, aligned_params(run, "alpha", "beta"), progress)
    assert asked == ["alpha", "beta", "alpha~0", "beta~0", "alpha~1", "beta~1"]
    assert "Untrained twins, draw 2 of 2" in progress.said
    assert set(progress.shares) == set(progress.declared) and set(progress.shares.values()) == {1.0}
    assert result.twins.shape == (2, 8, 4 + SHUFFLES) and not result.copied
    twins = [SOURCE.untrained({"name": n, "layers": "penultimate"}, 1) for n in OTHER]
    by_hand = [layer.crossing for layer in crossed_layers(*twins, images)]
    np.testing.assert_allclose(result.twins[1, :, 0], [one.error for one in by_hand])
    np.testing.assert_allclose(result.twins[1, :, 4:], [one.error_permuted for one in by_hand])
    assert twins_better(result).max() <= 7
