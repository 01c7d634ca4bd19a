"""Logins: the password file, and the twisted.cred checkers."""
