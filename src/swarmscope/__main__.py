"""`python -m swarmscope` is the same program as `swarmscope`."""

from swarmscope.cli import main

if __name__ == "__main__":
    main()
