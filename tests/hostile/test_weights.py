"""Hostile weights files and arguments: read into a network, or refused by name."""

import json
import os
import random
import struct

import numpy as np
import pytest
import torch
from safetensors.torch import save

from substrate.encoders import ENCODER_SOURCES
from substrate.encoders.spec import EncoderError
from substrate.encoders.timm_arguments import load_timm
from tests.hostile.guard import guarded

TIMM = ENCODER_SOURCES["timm"]
torch.manual_seed(0)
WHOLE = save(load_timm().create_model("test_resnet", num_classes=7).state_dict())


def load(path, store, **more):
    """Load weights inside the guard: an encoder, or one sentence that names the file."""
    config = {"architecture": "test_resnet", "name": "t", "size": 32, "weights": str(path)}
    with guarded(store):
        try:
            return TIMM.load(config | more)
        except EncoderError as error:
            text = str(error)
            assert path.name[:20] in text, text
            assert "\n" not in text and len(text) < 1200
            return None


def header(content: object, size: int | None = None, body: bytes = b"") -> bytes:
    text = content if isinstance(content, bytes) else json.dumps(content).encode()
    return struct.pack("<Q", len(text) if size is None else size) + text + body


F = {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}
FILES = {
    "nothing": b"",
    "one byte": b"\0",
    "a short length": b"\1\0\0",
    "zeros": bytes(64),
    "no header": header({}),
    "a huge header": header({}, 2**63),
    "a long header": header({}, 10**9),
    "a negative length": struct.pack("<q", -1) + b"{}",
    "no JSON": header(b"{{{{"),
    "a list": header([]),
    "a number": header(b"1"),
    "null": header(b"null"),
    "deep JSON": header(b"[" * 50_000),
    "deep mappings": header(b'{"a":' * 50_000),
    "not UTF-8": header(b"\xff\xfe"),
    "NaN": header(b'{"a": NaN}'),
    "no fields": header({"a": {}}),
    "no type": header({"a": F | {"dtype": "Q8"}}, body=bytes(8)),
    "a negative shape": header({"a": F | {"shape": [-1]}}, body=bytes(8)),
    "a giant shape": header({"a": F | {"shape": [2**40]}}, body=bytes(8)),
    "an overflowing shape": header({"a": F | {"shape": [2**32, 2**32, 2**32]}}, body=bytes(8)),
    "offsets outside": header({"a": F | {"data_offsets": [0, 2**40]}}, body=bytes(8)),
    "offsets backwards": header({"a": F | {"data_offsets": [8, 0]}}, body=bytes(8)),
    "overlapping": header({"a": F, "b": F}, body=bytes(8)),
    "bytes left over": header({"a": F}, body=bytes(64)),
    "a name of control characters": header({"\x1b[31m\n": F}, body=bytes(8)),
    "a long name": header({"x" * 100_000: F}, body=bytes(8)),
    "a pickle": b"\x80\x04\x95\x05\x00\x00\x00\x00\x00\x00\x00\x8c\x01a.",
    "a zip": b"PK\x03\x04" + bytes(100),
    "HDF5": b"\x89HDF\r\n\x1a\n" + bytes(100),
    "half": WHOLE[: len(WHOLE) // 2],
    "all but a byte": WHOLE[:-1],
    "a byte more": WHOLE + b"x",
}


@pytest.mark.parametrize("kind", FILES)
def test_files(place, kind):
    path = place / "w.safetensors"
    path.write_bytes(FILES[kind])
    assert load(path, place.parent / "store") is None


@pytest.mark.parametrize("seed", range(60))
def test_mutations(place, seed):
    """Bytes changed at random: the network is the one of the file, or there is none."""
    draw = random.Random(seed)
    content = bytearray(WHOLE)
    where = range(8) if seed % 3 == 0 else range(8, 2000) if seed % 3 == 1 else range(len(WHOLE))
    for _ in range(draw.randint(1, 4)):
        content[draw.choice(where)] = draw.randrange(256)
    path = place / "w.safetensors"
    path.write_bytes(bytes(content))
    encoder = load(path, place.parent / "store")
    assert encoder is None or encoder.layers


@pytest.mark.parametrize("cut", np.linspace(0, len(WHOLE) - 1, 12).astype(int).tolist())
def test_cuts(place, cut):
    path = place / "w.safetensors"
    path.write_bytes(WHOLE[:cut])
    assert load(path, place.parent / "store") is None


OBJECTS = {
    "a directory": lambda path: path.mkdir(),
    "a pipe": os.mkfifo,
    "a device": lambda path: path.symlink_to("/dev/zero"),
    "a loop": lambda path: path.symlink_to(path),
    "nothing": lambda path: None,
    "a broken link": lambda path: path.symlink_to("nowhere"),
    "sparse": lambda path: os.truncate(os.open(path, os.O_CREAT | os.O_WRONLY), 2**34),
}


@pytest.mark.parametrize("kind", OBJECTS)
def test_what_is_no_file(place, kind):
    path = place / "w.safetensors"
    OBJECTS[kind](path)
    assert load(path, place.parent / "store") is None


@pytest.mark.parametrize(
    "name",
    [
        "w.pt",
        "w.pth",
        "w.bin",
        "w.ckpt",
        "w",
        "w.pkl",
        "w.h5",
        "w.npz",
        "w.safetensors.pt",
        "w.SAFETENSORS",
    ],
)
def test_other_kinds_of_files_are_not_opened(place, name):
    os.mkfifo(place / name)  # opening it would wait for ever
    assert load(place / name, place.parent / "store") is None


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_weights_that_are_no_numbers_end_in_a_sentence(place, refused_study, value):
    """They load; what they make of images is no number, and that is what is said."""
    whole = load_timm().create_model("test_resnet", num_classes=7).state_dict().items()
    tensors = {k: torch.full_like(v, value) if v.is_floating_point() else v for k, v in whole}
    (place / "bad.safetensors").write_bytes(save(tensors))
    refused_study(
        "encoders:\n"
        "- {source: timm, architecture: test_resnet, weights: bad.safetensors, size: 32}\n"
        "domains: [digit]\nsamples: 16\nuntrained: 0\n",
        "bad",
    )


KWARGS = [
    {"pretrained_cfg": {"url": "http://127.0.0.1:9/x"}},
    {"pretrained_cfg": {"file": "/etc/passwd"}},
    {"pretrained_cfg_overlay": {"url": "file:///etc/passwd"}},
    {"checkpoint_path": "/etc/passwd"},
    {"cache_dir": "/etc"},
    {"features_only": True},
    {"__class__": "x"},
    {"": 1},
    {"layers": [10**6]},
    {"layers": [1] * 300},
    {"layers": {"a": 1}},
    {"layers": "1234"},
    {"layers": [[1]]},
    {"layers": [0, 0, 0, 0]},
    {"channels": [2**15] * 4},
    {"channels": [0, 0, 0, 0]},
    {"num_classes": 2**15, "layers": [2**15] * 4},
    {"block": "os.system"},
    {"act_layer": "no_such"},
    {"norm_layer": "__import__"},
    {"stem_width": 10**400},
    {"output_stride": 7},
    {"in_chans": 1},
    {"in_chans": 0},
    {"global_pool": "no such pool"},
    {"drop_rate": 5},
]


@pytest.mark.filterwarnings("ignore:Initializing zero-element tensors")
@pytest.mark.parametrize("kwargs", KWARGS, ids=lambda k: ascii(k)[:40])
def test_arguments(place, kwargs):
    config = {"architecture": "test_resnet", "name": "t", "size": 32, "kwargs": kwargs}
    with guarded(place.parent / "store"), pytest.raises(EncoderError, match="esnet|ResNet") as no:
        TIMM.untrained(config, 0, "0" * 64)
    assert "\n" not in str(no.value) and len(str(no.value)) < 1200


def test_a_hub_is_not_asked_by_arguments(refused_study):
    """The study of the attack, whole: nothing is requested, the argument is named."""
    refused_study(
        "encoders:\n  - {source: timm, architecture: resnet18, name: r, kwargs: {pretrained_cfg: "
        "{url: 'http://127.0.0.1:9/w.pth'}}}\ndomains: [digit]\nsamples: 16\nuntrained: 0\n",
        "pretrained_cfg",
    )
