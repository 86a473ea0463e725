"""What can be said of an image without any network: the controls that encoders are held against.

Images arrive as 8-bit RGB, height x width x 3, of any size, and are first brought to 32 x 32 pixels
(averaging down, or bilinear up), so that frequencies and gradients mean the same for every image.
Luminance is ITU-R BT.709 of the stored values, from 0 to 1. Nothing is divided by a total, so a
constant image is a valid image whose energies are zero.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice, pairwise

import numpy as np
from jaxtyping import Float, UInt8
from PIL import Image

SIDE = 32
_CHUNK = 256  # images at a time: 256 padded spectra take about 15 MB

SOBEL_EDGES = (0.0, 1 / 256, 1 / 128, 1 / 64, 1 / 32, 1 / 16, 1 / 8, 1 / 4, np.inf)
GABOR_WAVELENGTHS = (3.0, 5.0, 8.0, 13.0)  # pixels of the 32 x 32 image
GABOR_ORIENTATIONS = 8
RADIAL_BANDS = 8
NYQUIST = 0.5  # cycles per pixel
#: Power of a ring that rounding to 8 bits gives: 1 / (12 * 255²) over 32² frequencies, times 100.
LEAST_POWER = 1.25e-7


@dataclass(frozen=True)
class Statistic:
    """One low-level statistic: its name, the family it belongs to, and its unit."""

    name: str
    family: str
    unit: str


def _statistics() -> tuple[Statistic, ...]:
    sobel = [
        Statistic(
            f"Sobel {low:.2g} to {high:.2g}" if np.isfinite(high) else f"Sobel above {low:.2g}",
            "edges",
            "share of pixels",
        )
        for low, high in pairwise(SOBEL_EDGES)
    ]
    gabor = [
        Statistic(
            f"Gabor {wavelength:g} px, {180 * k / GABOR_ORIENTATIONS:g}°", "Gabor", "luminance²"
        )
        for wavelength in GABOR_WAVELENGTHS
        for k in range(GABOR_ORIENTATIONS)
    ]
    colour = [
        Statistic(f"{channel} {moment}", "colour", "0 to 1")
        for moment in ("mean", "deviation")
        for channel in ("hue", "saturation", "value")
    ]
    width = NYQUIST / RADIAL_BANDS
    spectrum = [
        Statistic(
            f"spectrum {k * width:.3g} to {(k + 1) * width:.3g} cycles/px", "spectrum", "luminance²"
        )
        for k in range(RADIAL_BANDS)
    ]
    light = [
        Statistic("mean luminance", "light", "0 to 1"),
        Statistic("RMS contrast", "light", "luminance"),
    ]
    return (*sobel, *gabor, *colour, *spectrum, *light)


STATISTICS = _statistics()


def battery(
    images: Iterable[np.ndarray],
) -> tuple[tuple[str, ...], Float[np.ndarray, "n features"]]:
    """Measure every low-level statistic of every image; names and columns are in one order.

    In turn: the histogram of the Sobel magnitude over 8 fixed classes; the energies of Gabor
    filters at 4 scales x 8 orientations; means, then deviations, of hue, saturation and value;
    the power in 8 rings of the spectrum; mean luminance and RMS contrast. Units and families are
    in `STATISTICS`. Hue is an angle cut open at red and means little where saturation is low; a
    grey domain has three constant colour columns, which have no correlation with anything.
    """
    names = tuple(s.name for s in STATISTICS)
    parts = [_measure(stack) for stack in _stacks(images)]
    return names, np.concatenate(parts) if parts else np.empty((0, len(names)))


def spectrum_slope(rings: Float[np.ndarray, "n bands"]) -> Float[np.ndarray, " n"]:
    """Slope of log power per frequency against log frequency; about -2 for photographs.

    Rings are those of `battery`. Power is kept above what rounding to 8 bits leaves, so that an
    image without power has a slope.
    """
    middle = (np.arange(RADIAL_BANDS) + 0.5) * NYQUIST / RADIAL_BANDS
    x = np.log(middle) - np.log(middle).mean()
    density = np.log(np.maximum(rings, LEAST_POWER) / middle)
    return np.asarray(density @ x / (x @ x))


def pixel_features(
    images: Iterable[np.ndarray], *, side: int = SIDE
) -> Float[np.ndarray, "n pixels"]:
    """Lay out each image, brought to `side` x `side`, as one row of RGB values from 0 to 1."""
    parts = [stack.reshape(len(stack), -1) for stack in _stacks(images, side)]
    return np.concatenate(parts) if parts else np.empty((0, 3 * side * side))


def _measure(rgb: Float[np.ndarray, "n 32 32 3"]) -> Float[np.ndarray, "n features"]:
    grey = _luminance(rgb)
    light = np.stack([grey.mean(axis=(1, 2)), grey.std(axis=(1, 2))], axis=1)
    return np.hstack([_sobel(grey), _gabor(grey), _colour(rgb), _spectrum(grey), light])


def _luminance(rgb: Float[np.ndarray, "n h w 3"]) -> Float[np.ndarray, "n h w"]:
    from skimage.color import rgb2gray

    return rgb2gray(rgb)


def _sobel(grey: Float[np.ndarray, "n h w"]) -> Float[np.ndarray, "n 8"]:
    """Share of pixels in each class of gradient magnitude, as `skimage.filters.sobel` scales it.

    scikit-image and SciPy smooth a stack across its images too, hence the separate passes.
    """
    from scipy.ndimage import correlate1d

    def gradient(along: int, across: int) -> np.ndarray:
        return correlate1d(correlate1d(grey, [-1, 0, 1], along), [0.25, 0.5, 0.25], across)

    magnitude = np.sqrt((gradient(1, 2) ** 2 + gradient(2, 1) ** 2) / 2).reshape(len(grey), -1)
    reached = np.stack([(magnitude >= edge).mean(axis=1) for edge in SOBEL_EDGES], axis=1)
    return reached[:, :-1] - reached[:, 1:]


def _colour(rgb: Float[np.ndarray, "n h w 3"]) -> Float[np.ndarray, "n 6"]:
    """Mean and deviation of hue, saturation and value."""
    from skimage.color import rgb2hsv

    hsv = rgb2hsv(rgb)
    return np.hstack([hsv.mean(axis=(1, 2)), hsv.std(axis=(1, 2))])


def _gabor(grey: Float[np.ndarray, "n 32 32"]) -> Float[np.ndarray, "n filters"]:
    """Energies by Parseval: the padded power spectrum against each filter's."""
    filters, size = _gabor_power()
    centred = grey - grey.mean(axis=(1, 2), keepdims=True)
    power = np.abs(np.fft.fft2(centred, s=(size, size))) ** 2
    return power.reshape(len(grey), -1) @ filters.T / (size**2 * SIDE**2)


@lru_cache(maxsize=1)
def _gabor_power() -> tuple[Float[np.ndarray, "filters frequencies"], int]:
    """Power of each filter's transfer function, on a grid that no response wraps around."""
    from scipy.fft import next_fast_len
    from skimage.filters import gabor_kernel

    kernels = [
        gabor_kernel(1 / wavelength, theta=np.pi * k / GABOR_ORIENTATIONS)  # type: ignore[no-untyped-call]
        for wavelength in GABOR_WAVELENGTHS
        for k in range(GABOR_ORIENTATIONS)
    ]
    size = next_fast_len(SIDE + max(max(k.shape) for k in kernels) - 1)
    power = [np.abs(np.fft.fft2(k, s=(size, size))).ravel() ** 2 for k in kernels]
    return np.stack(power), size


def _spectrum(grey: Float[np.ndarray, "n h w"]) -> Float[np.ndarray, "n bands"]:
    """Power in rings of equal width up to the Nyquist frequency, the mean removed.

    The corners of the square spectrum, beyond it, belong to no ring.
    """
    n, side = len(grey), grey.shape[1]
    power = np.abs(np.fft.fft2(grey - grey.mean(axis=(1, 2), keepdims=True))) ** 2 / side**4
    frequency = np.fft.fftfreq(side)
    radius = np.hypot(frequency[:, None], frequency[None, :]).ravel()
    ring = np.minimum((radius * RADIAL_BANDS / NYQUIST).astype(int), RADIAL_BANDS)
    # The Nyquist frequency itself closes the last ring.
    ring[radius == NYQUIST] = RADIAL_BANDS - 1
    member = ring[:, None] == np.arange(RADIAL_BANDS)
    return power.reshape(n, -1) @ member.astype(np.float64)


def _stacks(
    images: Iterable[np.ndarray], side: int = SIDE
) -> Iterator[Float[np.ndarray, "n side side 3"]]:
    """Bring images to one size and hand them on in stacks, as values from 0 to 1."""
    iterator = iter(images)
    while chunk := list(islice(iterator, _CHUNK)):
        yield np.stack([_resized(image, side) for image in chunk]) / 255.0


def _resized(image: np.ndarray, side: int) -> UInt8[np.ndarray, "side side 3"]:
    if image.ndim != 3 or image.shape[2] != 3 or image.dtype != np.uint8:
        raise ValueError(
            f"an image arrived as {image.dtype} of shape {image.shape}; image statistics take "
            "8-bit RGB, shape (height, width, 3)."
        )
    if image.shape[:2] == (side, side):
        return image
    return np.asarray(Image.fromarray(image).resize((side, side), Image.Resampling.BILINEAR))
