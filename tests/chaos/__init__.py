"""Three replicas behind nginx, one Redis, an upstream that keeps a transcript, and a checker that believes nobody."""
