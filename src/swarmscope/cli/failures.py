"""How a command fails: one line on standard error, an exit code, and a traceback only with --debug."""

from __future__ import annotations

from swarmscope.errors import AuthError, ConfigError, InputError, NotFoundError, SwarmscopeError

EXIT_FAILED, EXIT_USAGE, EXIT_AWAY, EXIT_REFUSED, EXIT_NOT_FOUND, EXIT_INTERRUPTED = 1, 2, 3, 4, 5, 130


class CommandError(SwarmscopeError):
    """A command cannot do what was asked; `exit_code` is what the shell sees."""

    def __init__(self, message: str, exit_code: int = EXIT_FAILED) -> None:
        super().__init__(message)
        self.exit_code = exit_code


def exit_code_of(error: SwarmscopeError) -> int:
    """The exit code for an error of the tree."""
    if isinstance(error, CommandError):
        return error.exit_code
    if isinstance(error, AuthError):
        return EXIT_REFUSED
    if isinstance(error, NotFoundError):
        return EXIT_NOT_FOUND
    if isinstance(error, (ConfigError, InputError)):
        return EXIT_USAGE
    return EXIT_FAILED
