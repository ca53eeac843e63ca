"""Federated learning: sites train one detector together and none shows its data."""
