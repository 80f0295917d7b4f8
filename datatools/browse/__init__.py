"""How does a workspace open in FiftyOne? The only code that imports fiftyone."""
