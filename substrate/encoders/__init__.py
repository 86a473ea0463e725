"""Where encoders come from; importing this loads neither torch nor timm."""

from substrate.encoders import bundled, features, timm_hub
from substrate.encoders.spec import EncoderSource

ENCODER_SOURCES: dict[str, EncoderSource] = {
    "bundled": bundled.SOURCE,
    "timm": timm_hub.SOURCE,
    "features": features.SOURCE,
}
