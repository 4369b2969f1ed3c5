"""What was done last time, what has changed since, and what of the old can stay."""
