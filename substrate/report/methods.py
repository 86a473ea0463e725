"""What a paper says of a run: a paragraph on methods to paste, and the works as BibTeX."""

from __future__ import annotations

import re

from substrate import __version__
from substrate.report.sources import ALSO, WORKS, Source
from substrate.runs import Run
from substrate.wording import listed, many

_ARXIV = re.compile(r"arXiv:(\d{4}\.\d{4,5})")
_YEAR = re.compile(r"(?:19|20)\d{2}")


def paragraph(run: Run) -> str:
    """Return what was compared and how, in one paragraph, with the run's own numbers."""
    study = run.study
    encoders = listed([record.title for record in run.encoders.values()])
    domains = "; ".join(f"{record.title} ({record.caption})" for record in run.domains.values())
    twins = int(study.get("untrained", 0))
    without = (
        f"Each encoder was held against {many(twins, 'untrained twin')} of the same "
        "architecture, weights drawn anew. "
        if twins
        else "No untrained twins were drawn. "
    )
    return (
        f"We compared {many(len(run.encoders), 'encoder')} ({encoders}) with Substrate "
        f"{__version__} on {many(len(run.domains), 'domain')}: {domains}. Features were pooled "
        f"per image ({study.get('pooling', 'auto')} pooling) at {_layers(study.get('layers'))} and "
        f"z-scored per unit; the leading {study.get('components', 16)} directions of each basis "
        "were compared, and directions shared by the panel were fitted on one part of the "
        f"photographs (or writers) and tested on the other. {without}Nulls permute them as wholes "
        f"({study.get('permutations', 0):,} permutations) and intervals are of 95 % over "
        "them, as stated at each figure; below ten of them there is neither. "
        f"Random seed {study.get('seed', 0)}; run {run.run_id}."
    )


def _layers(layers: object) -> str:
    return "every block" if layers == "all" else f"layers {layers}"


def bibtex() -> str:
    """Return every work that the figures follow as a BibTeX entry, then the program itself."""
    entries = [_entry(source) for source in (*WORKS, *ALSO)]
    program = (
        "@software{substrate,\n  author = {{The Substrate authors}},\n  title = {Substrate},\n"
        f"  version = {{{__version__}}}\n}}"
    )
    return "\n\n".join([*entries, program])


def _entry(source: Source) -> str:
    """Return one work; its key is the first author's last name, the year and its first word."""
    first = source.authors.split(",")[0].split()[-1]
    years = _YEAR.findall(source.where)
    word = next(w for w in re.findall(r"[A-Za-z]+", source.title) if len(w) > 3)
    key = re.sub(r"[^a-z0-9]", "", f"{first}{''.join(years[:1])}{word}".lower())
    fields = {
        "author": " and ".join(name.strip() for name in source.authors.split(",")),
        "title": f"{{{source.title}}}",
        "year": years[0] if years else "",
        "howpublished": source.where,
        "url": source.link,
    }
    if match := _ARXIV.search(source.where):
        fields |= {"eprint": match[1], "archivePrefix": "arXiv"}
    body = ",\n".join(f"  {name} = {{{value}}}" for name, value in fields.items() if value)
    return f"@misc{{{key},\n{body}\n}}"
