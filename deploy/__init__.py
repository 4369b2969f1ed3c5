"""What carries the project to clusters and devices; nothing in it is part of the project."""
