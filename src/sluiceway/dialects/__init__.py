"""The vendors' wire formats, one folder each; no dialect knows another."""
