"""Figures of the ledger of claims."""
