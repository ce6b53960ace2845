"""JSON Schema while the document streams: a schema compiled, and a checker that follows the events of a feed."""
