"""Children's details stay home: random references, sealed text, and an erasure that holds."""
