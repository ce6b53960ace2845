"""Bytes in: what the docs promise, or a documented error; anything else is a bug."""
