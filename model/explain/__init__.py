"""Why scores are what they are: what became of every ground truth and of every detection, where
they stand, how sure the figures are, and what differs between two evaluations."""
