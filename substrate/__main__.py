"""`python -m substrate`."""

from substrate.cli import main

if __name__ == "__main__":
    main()
