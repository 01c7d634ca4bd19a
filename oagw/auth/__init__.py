"""Who may connect: the password file and its twisted.cred checker."""
