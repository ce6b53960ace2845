"""Framing in both directions: server-sent events and NDJSON as bytes; no JSON is read and nothing is opened."""
