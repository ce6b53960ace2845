"""Everything the embedded model is made from: run each part as `python -m train.<part>` from the root."""
