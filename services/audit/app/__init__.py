"""What happens, in order: texts are sealed, commands decided, events published, questions answered."""
