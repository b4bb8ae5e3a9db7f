"""Stories: one public flow per file, readable at a whiteboard; what several share stands beside them."""
