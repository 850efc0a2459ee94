"""One file for each thing that is measured; each returns figures."""
