"""Pure numerics: arrays in, arrays out; no input or output, no logging, no device."""
