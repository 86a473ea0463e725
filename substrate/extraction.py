"""One pass of an encoder over a domain's images gives all its layers. Torch ends here."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from threading import Lock

import numpy as np
import psutil
import torch
from jaxtyping import Float, UInt8
from PIL import Image

import substrate.encoders.torchvision_guard  # noqa: F401  (before torchvision)

# isort: split
from torchvision.transforms import functional as transforms

from substrate.domains.spec import Domain
from substrate.encoders import readout
from substrate.encoders.framing import frame
from substrate.encoders.spec import Encoder, EncoderError, Layer, Preprocessing
from substrate.store import FORMAT, digest

#: Images at a time, at most: what small networks make of more leaves the processor's caches. The
#: same features to the last bit come 10 to 20 % sooner than from 256 at a time.
LARGEST_BATCH = 64
#: Bytes that the busiest module of an encoder may read and write for one batch. Larger arrays make
#: a run larger and no faster; above 64 MB, the size of glibc's heaps of threads, each is mapped and
#: faulted in anew, which took as long as the arithmetic.
WORK = 3 * 2**24
DTYPE = "float32"
#: Raise it when the same weights and images give other features: how images are read, framed or
#: pooled. Stored features of another version are never used.
EXTRACTION = 2


def features_key(encoder: Encoder, samples: str) -> str:
    """Return the store key of an encoder's features of an ordered list of samples."""
    return digest(
        {
            "kind": "features",
            "format": FORMAT,
            "extraction": EXTRACTION,
            "weights": encoder.weights_digest,
            "preprocessing": asdict(encoder.preprocessing),
            "samples": samples,
            "layers": [[layer.module, layer.pooling] for layer in encoder.layers],
            "dtype": DTYPE,
        }
    )


def images_at_once(encoder: Encoder, free: int | None = None) -> int:
    """Return how many images an encoder takes in one pass: what fits `WORK`, and the memory.

    ``free`` is the memory at hand in bytes, asked of the system where it is not given. One batch
    takes a sixteenth of it at most; a smaller batch changes features in their last bits.
    """
    free = psutil.virtual_memory().available if free is None else free
    return int(np.clip(min(WORK, free // 16) // encoder.image_bytes, 1, LARGEST_BATCH))


def memory_needed(encoder: Encoder) -> int:
    """Return about how many bytes the pass of an encoder takes beside the encoder itself.

    The arrays of a few modules at a time, and the weights of an untrained twin; features from
    files take one layer of them at a time.
    """
    if encoder.stored is not None:
        return 4 * max(layer.width for layer in encoder.layers)
    return 4 * images_at_once(encoder) * encoder.image_bytes + encoder.weight_bytes


def framed(image: UInt8[np.ndarray, "h w 3"], how: Preprocessing) -> Image.Image:
    """Return the part of an image that the model sees, at the model's size: timm's own frame."""
    return frame(how)(Image.fromarray(image))


def preprocess(image: UInt8[np.ndarray, "h w 3"], how: Preprocessing) -> torch.Tensor:
    """Return the model's input of one image: resized, centre-cropped, scaled, normalised."""
    return _inputs(_frames([image], how), how)[0]


def prepared(
    images: Sequence[UInt8[np.ndarray, "h w 3"]], how: Preprocessing
) -> Float[torch.Tensor, "n 3 s s"]:
    """Return the model's inputs of some images, in the layout that convolutions read fastest."""
    return _inputs(_frames(images, how), how).contiguous(memory_format=torch.channels_last)


def _frames(
    images: Sequence[UInt8[np.ndarray, "h w 3"]], how: Preprocessing
) -> UInt8[torch.Tensor, "n 3 s s"]:
    """Return what the model sees of images, in bytes: a quarter of the model's inputs."""
    pictures = np.stack([np.asarray(framed(image, how)) for image in images])
    return torch.from_numpy(pictures).permute(0, 3, 1, 2)


def _inputs(frames: UInt8[torch.Tensor, "n 3 s s"], how: Preprocessing) -> torch.Tensor:
    """Scale and normalise as torchvision does, to the last bit."""
    tensor = frames.to(torch.get_default_dtype()).div_(255)
    if how.channel_order == "BGR":
        tensor = tensor.flip(1)
    return transforms.normalize(tensor, list(how.mean), list(how.std), inplace=True)


@dataclass(eq=False)
class Inputs:
    """Models' inputs of whole domains, kept for the next encoder that sees images the same way.

    They are kept as bytes, and scaled a batch at a time. Domains of more than ``limit`` bytes are
    read anew each time; beyond it the oldest are given up.
    """

    limit: int = 2**27
    _kept: OrderedDict[tuple[Domain, Preprocessing], torch.Tensor] = field(
        default_factory=OrderedDict
    )
    _reading: Lock = field(default_factory=Lock)

    def batches(
        self, domain: Domain, how: Preprocessing, size: int = LARGEST_BATCH
    ) -> Iterator[torch.Tensor]:
        """Yield the inputs of all images, in order, ``size`` at a time."""
        if len(domain) * 3 * how.size**2 > self.limit:
            yield from _batches(domain, how, size)
            return
        for frames in self._whole(domain, how).split(size):
            yield _inputs(frames, how)

    def forget(self) -> None:
        """Give up what was kept."""
        with self._reading:
            self._kept.clear()

    def _whole(self, domain: Domain, how: Preprocessing) -> torch.Tensor:
        key = domain, how
        with self._reading:  # encoders side by side wait for the first one's reading
            whole = self._kept.get(key)
            if whole is None:
                shape = (len(domain), 3, how.size, how.size)
                whole = torch.empty(shape, dtype=torch.uint8, memory_format=torch.channels_last)
                for row, image in enumerate(domain.images()):
                    whole[row] = _frames([image], how)[0]
                self._kept[key] = whole
                while sum(kept.nbytes for kept in self._kept.values()) > self.limit:
                    self._kept.popitem(last=False)
            else:
                self._kept.move_to_end(key)
        return whole


def _batches(domain: Domain, how: Preprocessing, size: int) -> Iterator[torch.Tensor]:
    batch: list[np.ndarray] = []
    for image in domain.images():
        batch.append(image)
        if len(batch) == size:
            yield _inputs(_frames(batch, how), how)
            batch = []
    if batch:
        yield _inputs(_frames(batch, how), how)


def extract(
    encoder: Encoder,
    domain: Domain,
    *,
    progress: Callable[[int], None],
    inputs: Inputs | None = None,
) -> dict[str, Float[np.ndarray, "n p"]]:
    """Return the pooled features of every layer, float32, from one pass over the images.

    Those of an encoder without a network are read from its files instead.

    ``progress`` is called with the number of images done after each batch; an exception that it
    raises stops the pass. ``inputs`` keeps what encoders of the same preprocessing share.

    Raises
    ------
    EncoderError
        If the features hold NaN or infinite values.
    """
    if encoder.stored is not None:
        own = [name.removeprefix(f"{domain.name}/") for name in domain.samples["sample_id"]]
        read = encoder.stored(domain.name, own)
        progress(len(domain))
        return read
    model = encoder.network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    collected: dict[str, list[np.ndarray]] = {layer.name: [] for layer in encoder.layers}
    done = 0
    size = images_at_once(encoder)
    for batch in (inputs or Inputs()).batches(domain, encoder.preprocessing, size):
        outputs = readout.read(
            model, batch.contiguous(memory_format=torch.channels_last), encoder.layers
        )
        for name, values in outputs.items():
            collected[name].append(values.numpy())
        done += len(batch)
        progress(done)
    features = {name: np.concatenate(parts) for name, parts in collected.items()}
    for name, array in features.items():
        bad = int(array.size - np.count_nonzero(np.isfinite(array)))
        if bad:
            raise EncoderError(
                f"{encoder.name}/{name} gives {bad} NaN or infinite values on {domain.name}. "
                "Check its weights and its input normalisation."
            )
    return features


def activation_map(
    encoder: Encoder, image: UInt8[np.ndarray, "h w 3"], layer: Layer
) -> tuple[Float[np.ndarray, "h w p"] | None, Float[np.ndarray, " p"]]:
    """Return a layer's map of one image (None without positions), and its pooled vector."""
    network = encoder.network
    tensor = preprocess(image, encoder.preprocessing)
    grid, vector = readout.read_map(network, tensor, layer)
    return (None if grid is None else grid.numpy()), vector.numpy()
