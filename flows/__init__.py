"""Stories: one public flow per file, readable at a whiteboard."""
