"""Domains as the pipeline reads them: by their source, with a study's defaults."""

from substrate.domains import DOMAIN_SOURCES


def load_domain(config, **keywords):
    """Read the domain that a configuration with the key `source` describes."""
    return DOMAIN_SOURCES[config["source"]].load(
        config, **{"limit": None, "seed": 0, "tile": 32, **keywords}
    )
