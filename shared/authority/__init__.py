"""One settings document per authority: units, people in roles and policies, versioned and dated."""
