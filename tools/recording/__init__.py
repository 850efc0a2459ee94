"""The recording of the quick start: `make recording` runs it for real and writes docs/recording."""
