"""What people are shown is said in the words of the field."""
