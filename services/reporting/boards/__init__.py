"""What people decide about reports: what a board decided and what became of it, and where a chart starts anew."""
