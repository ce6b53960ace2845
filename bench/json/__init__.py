"""What a partial value costs per delta: the feed beside what others parse again and again."""
