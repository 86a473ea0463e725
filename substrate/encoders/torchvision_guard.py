"""Makes torchvision importable where its compiled part does not match the installed torch.

PyPI's torchvision beside the CPU build of torch cannot load its compiled operators, and importing
it fails with "operator torchvision::nms does not exist". Only the transforms are used here, so it
is enough to declare the schemas of those operators. Import this module before timm or torchvision.
"""

import torch

_SCHEMAS = {
    "nms": "nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
    "qnms": "qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
}


def _compiled_part_present() -> bool:
    """Tell whether torchvision's compiled operators load into this torch."""
    import importlib.util
    from pathlib import Path

    spec = importlib.util.find_spec("torchvision")
    if spec is None or spec.origin is None:
        return False
    for library in Path(spec.origin).parent.glob("_C*.so"):
        try:
            torch.ops.load_library(str(library))
        except OSError:
            return False
    return hasattr(torch.ops.torchvision, "nms")


def _declare() -> torch.library.Library | None:
    """Declare the missing schemas; None where the compiled part is there."""
    if _compiled_part_present():
        return None
    library = torch.library.Library("torchvision", "DEF")
    for schema in _SCHEMAS.values():
        library.define(schema)
    return library


# Kept for the life of the process: a Library that is collected takes its schemas with it.
LIBRARY = _declare()
