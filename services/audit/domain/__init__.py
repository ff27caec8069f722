"""What an audit is and what may be done with it: pure, from the standard library and pydantic only."""
