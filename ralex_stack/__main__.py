"""`python -m ralex_stack` is the command `ralex-stack`."""

from ralex_stack.cli.main import main

if __name__ == "__main__":
    main()
