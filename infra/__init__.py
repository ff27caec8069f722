"""Running Sightline: the embedded stack, provisioning, the sample authority and the `sightline` command."""
