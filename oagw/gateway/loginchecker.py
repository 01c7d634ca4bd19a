"""The checker of logins: the password file first, then the configured checkers."""

from __future__ import annotations

from collections.abc import Sequence

from twisted.cred import strcred
from twisted.cred.checkers import ICredentialsChecker
from twisted.cred.credentials import IUsernamePassword
from twisted.internet.threads import deferToThread

from oagw.auth.checker import FirstOf, PasswordFileChecker
from oagw.auth.passwords import PasswordFile
from oagw.config.configerror import ConfigError
from oagw.config.settings import Settings


def login_checker(
    settings: Settings,
    passwords: PasswordFile,
    more: Sequence[ICredentialsChecker],
    is_reachable: bool,
) -> ICredentialsChecker:
    """One checker that asks all: a portal has only one for each kind of credentials.

    :param more: checkers of the command line.
    :param is_reachable: other machines can reach a listener; well-known passwords are
        refused then.
    :raises ConfigError: a text of ``[auth] checkers`` does not describe a checker of
        passwords.
    """
    own = PasswordFileChecker(passwords, deferToThread)
    configured = [_configured(text) for text in settings.auth.checkers]
    return FirstOf([own, *configured, *more], is_reachable)


def _configured(text: str) -> ICredentialsChecker:
    # What follows the kind may have a password.
    kind = text.partition(":")[0]
    try:
        checker: ICredentialsChecker = strcred.makeChecker(text)
    except (strcred.StrcredException, ValueError) as error:
        raise ConfigError(
            f"[auth] checkers: '{kind}' is not a kind of checker, or its arguments are "
            "wrong; 'twistd oagw --help-auth' lists the kinds"
        ) from error
    if not any(one.isOrExtends(IUsernamePassword) for one in checker.credentialInterfaces):
        raise ConfigError(
            f"[auth] checkers: '{kind}' does not check passwords; 'twistd oagw "
            "--help-auth' lists the kinds that do"
        )
    return checker
