"""The list of timm's architectures: the same as timm's own, read without loading it."""

import subprocess
import sys

from substrate.encoders.timm_names import architectures, unknown_architecture


def test_the_list_is_the_one_that_timm_gives():
    import substrate.encoders.torchvision_guard  # noqa: F401  (before timm)

    # isort: split
    import timm

    assert set(architectures()) == set(timm.list_models())


def test_neither_timm_nor_torch_is_loaded_for_it():
    code = (
        "import sys; from substrate import catalogue; assert len(catalogue.architectures()) > 900;"
        "assert not {'timm', 'torch'} & set(sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_an_unknown_name_comes_with_near_ones():
    assert unknown_architecture("resnet50") == ""
    assert unknown_architecture("vit_base_patch16_224.dino") == ""
    assert "did you mean resnet50" in unknown_architecture("resnet5O")
    assert unknown_architecture("zzz") == "timm has no architecture 'zzz'."
