"""Working days of England and Wales with an authority's closure days."""
