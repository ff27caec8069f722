"""The HTTP side every service shares: who may ask, what an error looks like, how much is read."""
