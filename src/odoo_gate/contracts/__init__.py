"""What other systems rely on, written down once and asked of the candidate and of the baseline."""
