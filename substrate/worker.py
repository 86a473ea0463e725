"""What the resident worker does: computations and forward passes that a page asks for."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from substrate.analyses.registry import ANALYSES
from substrate.analyses.shared.own_image import image_key
from substrate.analyses.spec import obtain, parameters_from, result_key
from substrate.analyses.units.filters import filters_key
from substrate.analyses.units.place import PlaceParams
from substrate.analyses.weights.stored import store_weights, weights_key
from substrate.encoder_ref import EncoderRef
from substrate.paired.reloaded import domain_of, encoder_and_domain, encoder_of, settings_of
from substrate.runs import Run, open_run, save_record
from substrate.store import CorruptEntryError, Store, digest


def compute_analysis(root: str, run_id: str, analysis: str, params: dict[str, Any]) -> str:
    """Compute and store one analysis of a run; return the key of its entry."""
    run = open_run(Store(Path(root)), run_id)
    chosen = ANALYSES[analysis]
    parameters = parameters_from(chosen, params)
    obtain(chosen, run, parameters)
    return result_key(chosen, run, parameters)


def extract_trajectory(root: str, run_id: str, encoder: str, domain: str) -> str:
    """Extract every checkpoint of an encoder on a domain and add the pairs to the run's record."""
    from substrate.encoders import ENCODER_SOURCES
    from substrate.extraction import extract, features_key

    store = Store(Path(root))
    run = open_run(store, run_id)
    images = domain_of(root, run_id, domain)
    source, settings = settings_of(run, encoder)
    for step, _ in ENCODER_SOURCES[source].steps(settings):
        loaded = ENCODER_SOURCES[source].checkpoint(settings, step)
        key = features_key(loaded, run.domains[domain].samples_digest)
        with store.computing(key):
            if not _sound(store, key):
                features = extract(loaded, images, progress=lambda _done: None)
                meta = {"kind": "features", "encoder": loaded.name, "domain": domain}
                store.put(key, arrays=features, meta=meta)
        pairs = {EncoderRef(encoder, step=step).on(domain): key}
        save_record(store, {**open_run(store, run_id).record, "pairs": pairs})
    return run_id


def _sound(store: Store, key: str) -> bool:
    """Say whether an entry is there and whole; a damaged one is removed."""
    try:
        return store.get(key) is not None
    except CorruptEntryError:
        store.remove_damaged(key)
        return False


def map_key(run: Run, encoder: str, layer: str, domain: str, row: int) -> str:
    """Return the store key of one image's activation map."""
    content = run.samples(domain)["content_sha256"].iloc[row]
    pair = run.input_digests((encoder,), (domain,))[f"{encoder}/{domain}"]
    return digest(["activation map", 2, pair, layer, content])


def spatial_map(root: str, run_id: str, encoder: str, layer: str, domain: str, row: int) -> str:
    """Store a layer's activations of one image before pooling; return the key of the entry.

    The entry holds "vector", the pooled features, and where the layer has positions "map" of
    shape (height, width, units), both float32; and "picture", the part of the image that the
    encoder saw, as 8-bit RGB.
    """
    import numpy as np

    from substrate.extraction import activation_map, framed

    store = Store(Path(root))
    run = open_run(store, run_id)
    key = map_key(run, encoder, layer, domain, row)
    if _sound(store, key):
        return key
    loaded = encoder_of(root, run_id, encoder)
    image = domain_of(root, run_id, domain).read(row)
    chosen = next(item for item in loaded.layers if item.name == layer)
    grid, vector = activation_map(loaded, image, chosen)
    picture = np.array(framed(image, loaded.preprocessing))
    arrays = {"vector": vector, "picture": picture} | ({} if grid is None else {"map": grid})
    store.put(
        key,
        arrays=arrays,
        meta={"kind": "map", "encoder": encoder, "layer": layer, "domain": domain, "row": row},
    )
    return key


#: Positions along either side that a map needs, so that it can show where something lies.
LEAST_POSITIONS = 8


def mapped_layer_key(run: Run, encoder: str, layer: str, domain: str) -> str:
    """Return the store key of the name of the layer that maps of a layer's directions are of."""
    pair = run.input_digests((encoder,), (domain,))[f"{encoder}/{domain}"]
    return digest(["mapped layer", 1, pair, layer, LEAST_POSITIONS])


def deepest_map(root: str, run_id: str, encoder: str, layer: str, domain: str, row: int) -> str:
    """Store one image's map at the deepest layer up to ``layer`` with 8 x 8 positions or more.

    Returns the key of an entry whose metadata hold that layer's name under "layer", empty where no
    layer has so many positions. The map lies under that layer's `map_key`.
    """
    import numpy as np

    store = Store(Path(root))
    run = open_run(store, run_id)
    key = mapped_layer_key(run, encoder, layer, domain)
    if _sound(store, key):
        stored = store.get(key)
        name = "" if stored is None else str(stored.manifest["meta"]["layer"])
        if name:
            spatial_map(root, run_id, encoder, name, domain, row)
        return key
    names = [info.name for info in run.encoders[encoder].layers]
    for name in reversed(names[: names.index(layer) + 1]):
        entry = store.get(spatial_map(root, run_id, encoder, name, domain, row))
        grid = entry.array("map") if entry is not None and "map" in entry.names else None
        if grid is not None and min(grid.shape[:2]) >= LEAST_POSITIONS:
            break
    else:
        name = ""
    store.put(key, arrays={"none": np.empty(0)}, meta={"kind": "mapped layer", "layer": name})
    return key


#: Longest side of a picture that the lens shows, in pixels.
LARGE_PICTURE = 640


def picture_key(run: Run, domain: str, row: int) -> str:
    """Return the store key of one image of a domain as the lens shows it."""
    content = run.samples(domain)["content_sha256"].iloc[row]
    return digest(["large picture", 1, LARGE_PICTURE, content])


def large_picture(root: str, run_id: str, domain: str, row: int) -> str:
    """Store one image as "picture", its longer side at most 640 pixels; return the entry's key."""
    from substrate.domains.pictures import shrunk

    store = Store(Path(root))
    run = open_run(store, run_id)
    key = picture_key(run, domain, row)
    if not _sound(store, key):
        picture = shrunk(domain_of(root, run_id, domain).read(row), LARGE_PICTURE)
        store.put(key, arrays={"picture": picture}, meta={"kind": "picture", "domain": domain})
    return key


def picture_units(
    root: str, run_id: str, place: dict[str, Any], side: int, units: list[int]
) -> None:
    """Store the pictures of some units of a place that has been read (`store_pictures`)."""
    from substrate.paired.pictures import store_pictures

    params = PlaceParams(**place)
    name = (params.first, params.second)[side]
    loaded = encoder_and_domain(root, run_id, name, params.domain)
    store_pictures(open_run(Store(Path(root)), run_id), params, side, units, *loaded)


def store_filters(root: str, run_id: str, encoder: str) -> str:
    """Store the filters of an encoder's first layer, none where it is no single convolution."""
    import numpy as np

    from substrate.encoders.filters import first_filters

    store = Store(Path(root))
    key = filters_key(open_run(store, run_id), encoder)
    with store.computing(key):
        if not _sound(store, key):
            loaded = encoder_of(root, run_id, encoder)
            kernels = first_filters(loaded, loaded.preprocessing.size)
            filters = np.empty((0, 0, 0, 0)) if kernels is None else kernels
            store.put(key, arrays={"filters": filters}, meta={"kind": "first filters"})
    return key


def keep_weights(root: str, run_id: str, encoders: list[str]) -> None:
    """Keep what the Weights page reads of encoders (and twins) that a run did not leave."""
    from substrate.encoders.weights import weights_of

    store = Store(Path(root))
    run = open_run(store, run_id)
    for ref in map(EncoderRef.parse, encoders):
        if not _sound(store, weights_key(run, ref)):
            loaded = encoder_of(root, run_id, str(ref))
            store_weights(store, weights_key(run, ref), weights_of(loaded), raw=ref.twin is None)


def image_features(root: str, run_id: str, data: bytes) -> str:
    """Store what every encoder of a run makes of an image file; return the image's name.

    The entry (`image_key`) holds each encoder's penultimate features under its name, under
    "picture" the whole image in a small grey square, and under "pixels" its centre square at the
    size of the pixel controls.
    """
    from substrate.domains.decoding import decode
    from substrate.domains.pictures import PIXELS, THUMBNAIL, letterboxed, squared
    from substrate.extraction import activation_map

    run = open_run(Store(Path(root)), run_id)
    name = image_name(data)
    key = image_key(run, name)
    if _sound(run.store, key):
        return name
    image = decode(data)
    arrays = {
        "picture": letterboxed(image, min(THUMBNAIL, max(image.shape[:2]))),
        "pixels": squared(image, PIXELS),
    }
    for encoder in run.encoders:
        loaded = encoder_of(root, run_id, encoder)
        layer = next(item for item in loaded.layers if item.name == "penultimate")
        arrays[encoder] = activation_map(loaded, image, layer)[1]
    run.store.put(key, arrays=arrays, meta={"kind": "image of one's own", "image": name})
    return name


def image_name(data: bytes) -> str:
    """Return the name by which an image file is known: the start of its SHA-256."""
    return hashlib.sha256(data).hexdigest()[:32]
