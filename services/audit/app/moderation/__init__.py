"""Moderation at work: what a policy asks for, who may see what, what is recorded and published."""
