"""References resolved, credentials generated, files kept: never in a bundle."""
