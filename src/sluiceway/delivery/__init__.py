"""From a running answer to its readers."""
