"""What OpenAI's three APIs have in common: error bodies, complaints about requests, lists of models."""
