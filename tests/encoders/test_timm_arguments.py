"""Arguments of timm's architectures: those that shape it are taken, all others refused by name."""

import pickle
import time

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

import substrate.encoders.torchvision_guard  # noqa: F401  (before timm)

# isort: split
import timm

from substrate.encoders import ENCODER_SOURCES
from substrate.encoders.spec import EncoderError
from substrate.encoders.timm_arguments import check_arguments, shape_arguments

TIMM = ENCODER_SOURCES["timm"]
ORIGIN = "0" * 64  # the digest of the weights whose twin is drawn
REFUSED = {
    "pretrained_cfg": {"url": "http://127.0.0.1:9/w.pth"},
    "pretrained_cfg_overlay": {"file": "/etc/passwd"},
    "pretrained": True,
    "checkpoint_path": "/etc/passwd",
    "cache_dir": "/tmp",
    "pretrained_strict": False,
    "pretrained_filter_fn": "eval",
    "pretrained_model_args": {},
    "features_only": True,
    "feature_cls": "fx",
    "out_indices": [0],
    "pruned": True,
    "scriptable": True,
    "exportable": True,
    "no_jit": True,
    "model_cfg": {},
    "cfg": {},
    "device": "cuda",
    "dtype": "float16",
    "self": 1,
    "kwargs": {},
    "file": "/etc/passwd",
    "url": "http://127.0.0.1:9",
}


def config(**kwargs):
    return {"architecture": "test_resnet", "name": "t", "size": 32, "kwargs": kwargs}


@pytest.fixture
def weights(tmp_path):
    path = tmp_path / "w.safetensors"
    torch.manual_seed(1)
    save_file(timm.create_model("test_resnet", num_classes=7).state_dict(), path)
    return path


@pytest.mark.parametrize("name", sorted(REFUSED))
def test_what_loads_fetches_or_names_a_place_is_refused_by_name(name, weights):
    for make in (
        lambda c: TIMM.load(c | {"weights": str(weights)}),
        lambda c: TIMM.untrained(c, 0),
    ):
        with pytest.raises(EncoderError, match=f"'{name}', which does not shape") as caught:
            make(config(**{name: REFUSED[name]}))
        assert "\n" not in str(caught.value)


def test_what_shapes_the_architecture_is_taken():
    twin = TIMM.untrained(config(channels=[8, 16, 24, 32], layers=[1, 1, 1, 2]), 0, ORIGIN)
    assert twin.model.num_features == 32
    assert len(twin.model.layer4) == 2


def test_the_allowed_names_are_those_of_the_class_and_its_bases():
    assert {"embed_dim", "depth", "num_heads", "drop_path_rate"} <= set(shape_arguments("test_vit"))
    distilled = shape_arguments("deit_tiny_distilled_patch16_224")  # its class only adds *args
    assert "embed_dim" in distilled
    for architecture in ("test_vit", "test_resnet", "swinv2_tiny_window8_256", "regnetx_002"):
        names = shape_arguments(architecture)
        assert not {n for n in names if "pretrained" in n or "checkpoint" in n or "cfg" in n}


@pytest.mark.parametrize(
    ("kwargs", "sentence"),
    [
        ({"embed_dim": 10**9}, "'embed_dim' is above"),
        ({"embed_dim": 2**16}, "GB of memory"),
        ({"depth": 2**16}, "more than 4,000 parts"),
        ({"embed_dim": float("nan")}, "'embed_dim' is nan"),
        ({"embed_dim": {"a": 1}}, "'embed_dim' holds dict"),
        ({"embed_dim": [[[[[1]]]]]}, "'embed_dim' holds list"),
        ({"embed_dim": [1] * 1000}, "'embed_dim' holds list"),
        ({"act_layer": "x" * 1000}, "'act_layer' is a word of 1000"),
        ({"act_layer": "os.system"}, "cannot be built"),
        ({"block_fn": "builtins.eval"}, "cannot be built"),
        ({"num_heads": 0}, "cannot be built"),
        ({"num_heads": 7}, "cannot be built"),
        ({"depth": -1}, "cannot be built|test_vit"),
    ],
)
def test_values_that_make_no_network_are_one_sentence_and_take_no_memory(kwargs, sentence):
    start = time.monotonic()
    with pytest.raises(EncoderError, match=sentence) as caught:
        TIMM.untrained(
            {"architecture": "test_vit", "name": "t", "size": 160, "kwargs": kwargs}, 0, ORIGIN
        )
    assert "\n" not in str(caught.value)
    assert time.monotonic() - start < 10


@pytest.mark.parametrize(
    "name",
    [
        "hf-hub:timm/resnet18",
        "hf_hub:x/y",
        "local-dir:/etc",
        "/etc/passwd",
        "../x",
        "resnet18/x",
        "http://x/resnet18",
        "",
        "resnet18.no_such_tag",
    ],
)
def test_names_that_fetch_or_open_are_no_architectures(name):
    with pytest.raises(EncoderError, match="no architecture|cannot be built"):
        check_arguments(name, {})


@pytest.mark.parametrize("name", sorted(REFUSED))
def test_a_twin_never_carries_loaded_weights(name, weights):
    """Were any of these arguments to load the file, a tensor of the twin would be the file's."""
    from safetensors.torch import load_file

    kwargs = {name: str(weights), "pretrained_cfg": {"file": str(weights)}}
    for asked in ({}, {name: str(weights)}, kwargs):
        base = config(**asked) | {"weights": str(weights)}
        try:
            twin = TIMM.untrained(base, 0, ORIGIN)
        except EncoderError:
            continue
        for key, value in load_file(weights).items():
            if key.endswith("weight") and value.ndim > 1:  # norms start at one in any network
                assert not torch.equal(twin.model.state_dict()[key], value), key


def test_checking_leaves_the_draw_of_a_twin_as_it_was():
    """The same numbers as timm draws by itself from the twin's seed."""
    from substrate.encoders.networks.seeding import drawn_with
    from substrate.encoders.spec import twin_seed

    twin = TIMM.untrained(config(), 3, ORIGIN)
    with drawn_with(twin_seed(ORIGIN, 3)):
        plain = timm.create_model("test_resnet", pretrained=False)
    for key, value in plain.state_dict().items():
        assert torch.equal(twin.model.state_dict()[key], value), key


@pytest.mark.parametrize(
    "tensors",
    [
        {"fc.bias": torch.zeros(())},  # a head without a length
        {"fc.bias": torch.zeros(0)},
        {"head.bias": torch.zeros(3), "x": torch.zeros(2, 2)},
        {"conv1.0.weight": torch.zeros(1, 1, 1, 1)},
        {"fc.weight": torch.zeros(7, 3, dtype=torch.complex64)},
        {},
    ],
)
def test_weights_of_odd_tensors_are_one_sentence(tensors, tmp_path):
    path = tmp_path / "odd.safetensors"
    save_file(tensors, path)
    with pytest.raises(EncoderError, match=r"odd\.safetensors") as caught:
        TIMM.load(config() | {"weights": str(path)})
    assert "\n" not in str(caught.value)


@pytest.fixture
def hub(monkeypatch):
    """A hub that answers, and hands out what a test puts there."""
    import huggingface_hub
    from timm.models import _builder

    monkeypatch.setattr(
        huggingface_hub,
        "get_session",
        lambda: type("S", (), {"head": lambda self, *a, **k: None})(),
    )

    def answer(error):
        def load(*_args, **_kwargs):
            raise error

        monkeypatch.setattr(_builder, "load_state_dict_from_hf", load)
        monkeypatch.setattr(_builder, "load_state_dict_from_url", load)

    return answer


@pytest.mark.parametrize(
    "error",
    [
        pickle.UnpicklingError("bad"),
        IndexError("list"),
        KeyError("x"),
        RuntimeError("a\nb"),
        OSError("gone"),
        EOFError("end"),
        ValueError("x"),
        TypeError("y"),
    ],
    ids=lambda e: type(e).__name__,
)
def test_damage_from_the_hub_is_one_sentence(hub, error):
    hub(error)
    with pytest.raises(EncoderError, match="resnet18 could not be fetched") as caught:
        TIMM.load({"architecture": "resnet18", "name": "r"})
    assert "\n" not in str(caught.value)
    assert type(error).__name__ in str(caught.value)


def test_a_hub_out_of_reach_is_said_at_once_and_quietly(monkeypatch, tmp_path, capfd, caplog):
    """No retries: today's libraries wait up to a minute. Nothing of their own is printed."""
    import huggingface_hub

    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path))
    monkeypatch.setattr(huggingface_hub.constants, "ENDPOINT", "http://127.0.0.1:9")
    start = time.monotonic()
    with pytest.raises(EncoderError, match="Go online, or give a local file"):
        TIMM.load({"architecture": "resnet18", "name": "r"})
    assert time.monotonic() - start < 5
    out, err = capfd.readouterr()
    assert out == "" and err == "" and not caplog.records


def test_an_architecture_without_trained_weights_says_so():
    with pytest.raises(EncoderError, match="no trained weights for test_vit4_nope|no architecture"):
        TIMM.load({"architecture": "test_vit4_nope", "name": "r"})
    with pytest.raises(EncoderError, match="no trained weights for botnet50ts_256"):
        TIMM.load({"architecture": "botnet50ts_256", "name": "r"})


def test_features_of_taken_arguments_are_those_of_the_network():
    """The argument reaches the network: another width gives other features, the same seed not."""
    wide, narrow, again = (
        TIMM.untrained(config(channels=channels), 0, ORIGIN)
        for channels in ([8, 8, 8, 16], [8, 8, 8, 24], [8, 8, 8, 16])
    )
    weights = [encoder.model.fc.weight.detach().numpy() for encoder in (wide, narrow, again)]
    assert weights[0].shape[1] == 16 and weights[1].shape[1] == 24
    np.testing.assert_array_equal(weights[0], weights[2])
