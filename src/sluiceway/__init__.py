"""Sluiceway: streaming completions from any source of tokens to any reader."""
