"""The ledger of claims: every published figure beside the one measured here, with a verdict."""
