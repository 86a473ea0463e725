"""Controls, tables and cards of directions."""
