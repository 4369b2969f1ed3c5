"""Text lines in files and folders of pictures and videos: what ``model predict`` does."""
