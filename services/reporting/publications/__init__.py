"""Published reports: frozen when published, and all that readers outside the QA unit get (G12)."""
