"""Placeholder."""
import os, sys
os.makedirs(os.environ["HOME"], exist_ok=True)
os.execvp("opencode", ["opencode", *[a for a in sys.argv[1:] if a != "opencode"]])
