"""What training and a trained detector say about the labels: the two parts of ``model inspect``."""
