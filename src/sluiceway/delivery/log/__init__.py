"""What is kept of an answer, so that readers can come, go and come back."""
