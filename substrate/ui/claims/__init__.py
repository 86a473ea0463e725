"""The ledger on the page."""
