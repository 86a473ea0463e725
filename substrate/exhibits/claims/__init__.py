"""What the ledger of claims shows and says."""
