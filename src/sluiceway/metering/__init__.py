"""Arithmetic over (event, time), then one file for each sink."""
