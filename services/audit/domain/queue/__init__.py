"""The moderation queue of one authority and cycle: who is to moderate what."""
