"""The twisted.cred checkers: that of the password file, and one that asks several."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from twisted.cred.checkers import ICredentialsChecker
from twisted.cred.credentials import IUsernamePassword
from twisted.cred.error import LoginFailed, UnauthorizedLogin
from twisted.internet.defer import Deferred, DeferredSemaphore, maybeDeferred
from zope.interface import implementer

from oagw.auth.passwords import PasswordFile, is_well_known

#: Checks at the same time, at most: argon2 takes 64 MiB for each.
_AT_ONCE = 2


@implementer(ICredentialsChecker)
class PasswordFileChecker:
    """Checks passwords with a password file, in threads.

    :param in_thread: runs a check in a thread.
    """

    credentialInterfaces = (IUsernamePassword,)

    def __init__(
        self,
        passwords: PasswordFile,
        in_thread: Callable[[Callable[[], bool]], Deferred[bool]],
    ) -> None:
        self._passwords = passwords
        self._in_thread = in_thread
        self._turns = DeferredSemaphore(_AT_ONCE)

    def requestAvatarId(
        self, credentials: IUsernamePassword
    ) -> Deferred[bytes | tuple[()]]:
        """The name of the user, if the password is right.

        :raises UnauthorizedLogin: in the Deferred: the user or the password is wrong.
        """
        return Deferred.fromCoroutine(
            self._check(credentials.username, credentials.password)
        )

    async def _check(self, username: bytes, password: bytes) -> bytes | tuple[()]:
        name, given = username.decode("utf-8"), password.decode("utf-8")
        # A user who has logged in before does not wait for the checks of others.
        right = self._passwords.remembers(name, given) or await self._turns.run(
            self._in_thread, lambda: self._passwords.check(name, given)
        )
        if not right:
            raise UnauthorizedLogin
        return username


@implementer(ICredentialsChecker)
class FirstOf:
    """Asks checkers in turn until one knows the user and the password.

    :param refuse_well_known: refuse passwords that anybody would try: for listeners that
        other machines reach.
    """

    credentialInterfaces = (IUsernamePassword,)

    def __init__(
        self, checkers: Sequence[ICredentialsChecker], refuse_well_known: bool
    ) -> None:
        self._checkers = checkers
        self._refuse_well_known = refuse_well_known

    def requestAvatarId(
        self, credentials: IUsernamePassword
    ) -> Deferred[bytes | tuple[()]]:
        """The reply of the first checker that accepts the user.

        :raises UnauthorizedLogin: in the Deferred: no checker does.
        """
        return Deferred.fromCoroutine(self._ask(credentials))

    async def _ask(self, credentials: IUsernamePassword) -> bytes | tuple[()]:
        name, given = credentials.username.decode(), credentials.password.decode()
        if self._refuse_well_known and is_well_known(name, given):
            raise UnauthorizedLogin
        for checker in self._checkers:
            try:
                avatar_id = await maybeDeferred(checker.requestAvatarId, credentials)
            except LoginFailed:
                continue
            if isinstance(avatar_id, bytes):
                return avatar_id
        raise UnauthorizedLogin
