"""What the ledger of claims measures on a study."""
