"""Which part of an image an encoder sees: timm's own transform for evaluation, up to the tensor."""

from collections.abc import Callable
from functools import lru_cache

from PIL import Image

import substrate.encoders.torchvision_guard  # noqa: F401  (before timm and torchvision)

# isort: split
from timm.data.transforms import MaybeToTensor
from timm.data.transforms_factory import create_transform
from torchvision.transforms import Compose, Normalize

from substrate.encoders.spec import Preprocessing

#: What timm's transform does once an image is framed.
_AFTER = (MaybeToTensor, Normalize)


@lru_cache(maxsize=64)
def frame(how: Preprocessing) -> Callable[[Image.Image], Image.Image]:
    """Return what resizes and crops an image to the model's size, whatever its own size is."""
    whole = create_transform(
        (3, how.size, how.size),
        interpolation=how.interpolation,
        mean=how.mean,
        std=how.std,
        crop_pct=how.crop_fraction,
        crop_mode=how.crop_mode,
    )
    return Compose([step for step in whole.transforms if not isinstance(step, _AFTER)])
