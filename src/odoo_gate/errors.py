"""What can go wrong, and the exit code each failure ends the process with."""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """Exit status of every `odoo-gate` command. OVERRIDDEN: no GO, and people answer for deploying nevertheless."""

    GO = 0
    NO_GO = 1
    USAGE = 2
    INCONCLUSIVE = 3
    INFRASTRUCTURE = 4
    INVALID = 5
    OVERRIDDEN = 6
    INTERRUPTED = 130


PYTEST_EXIT_BASE = 64
"""Added to the exit code of an error that ends a whole pytest session, to tell it from pytest's own statuses."""


class GateError(Exception):
    """Root of every error odoo-gate raises on purpose.

    `message` says what failed and on what; `hint` says the next step a person can take.
    """

    exit_code: ExitCode = ExitCode.INFRASTRUCTURE

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message}\n  next step: {self.hint}" if self.hint else self.message


class UsageError(GateError):
    """The command or its configuration is wrong; nothing was judged."""

    exit_code = ExitCode.USAGE


class SettingsError(UsageError):
    """`gate.toml` or an environment variable holds something that cannot be used."""


class AddonsError(UsageError):
    """The addons cannot be read as a set of Odoo modules."""


class InfrastructureError(GateError):
    """Docker, the network or the disk failed; the release was not judged."""

    exit_code = ExitCode.INFRASTRUCTURE


class ImageError(InfrastructureError):
    """An image is absent and could be neither pulled nor built."""


class StackError(InfrastructureError):
    """A container did not start, became unhealthy or died."""


class TemplateError(InfrastructureError):
    """A template database could not be built or cloned for a reason outside the release."""


class AgentError(InfrastructureError):
    """The agent inside the Odoo container did not answer as agreed."""


class VerificationError(GateError):
    """A report is not genuine, or does not speak of what is about to be deployed."""

    exit_code = ExitCode.INVALID
