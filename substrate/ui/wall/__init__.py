"""The wall of shared directions and the page of one of them."""
