"""References to networks: written and read in one place."""

import pytest

from substrate.encoder_ref import (
    EncoderRef,
    EncoderRefError,
    as_ref,
    parse_pair,
    steps_of,
    twins_of,
)


@pytest.mark.parametrize(
    ("ref", "text", "title"),
    [
        (EncoderRef("vit"), "vit", "vit"),
        (EncoderRef("vit", twin=0), "vit~0", "vit, untrained 0"),
        (EncoderRef("my net.2", step=120), "my net.2@120", "my net.2, step 120"),
    ],
)
def test_a_reference_is_read_as_it_is_written(ref, text, title):
    assert str(ref) == text and EncoderRef.parse(text) == ref
    assert ref.title == title
    assert parse_pair(ref.on("faces")) == (ref, "faces")


@pytest.mark.parametrize("text", ["", "vit~", "vit@x", "vit~1@2", "vit~-1", "~3", "vit~1~2"])
def test_what_names_no_network_is_refused(text):
    with pytest.raises(EncoderRefError, match="names no encoder"):
        EncoderRef.parse(text)


def test_an_untrained_twin_has_no_steps():
    with pytest.raises(EncoderRefError, match="untrained twin and a step at once"):
        EncoderRef("vit", twin=1, step=2)


def test_twins_come_seed_by_seed_and_a_name_is_the_trained_encoder():
    assert [str(t) for t in twins_of(["a", "b"], [0, 2])] == ["a~0", "b~0", "a~2", "b~2"]
    assert [str(s) for s in steps_of("a", [1, 5])] == ["a@1", "a@5"]
    assert as_ref("a") == EncoderRef("a") == as_ref(EncoderRef("a"))
