"""The process of a gateway."""

from __future__ import annotations

import resource

from twisted.trial.unittest import SynchronousTestCase

from oagw.gateway.process import (
    make_room,
    room_of,
)


class RoomTests(SynchronousTestCase):
    timeout = 30

    def test_enough(self) -> None:
        """With files to spare the configuration decides."""
        for files in (10_256, 65_536):
            room = room_of(10_000, files)
            self.assertEqual((room.clients, room.shortage), (10_000, ""))
            self.assertEqual(room.limit, "[server] max_connections")

    def test_too_few(self) -> None:
        """Files are kept for databases, and the shortage comes with the way out."""
        for files, clients in ((1024, 768), (512, 256), (256, 128), (64, 32)):
            room = room_of(10_000, files)
            self.assertEqual(room.clients, clients)
            self.assertEqual(room.limit, f"{files} open files (ulimit -n)")
            self.assertIn(f"at most {clients} clients", room.shortage)
            self.assertIn("'ulimit -n 10256'", room.shortage)
            self.assertIn("LimitNOFILE=10256", room.shortage)
        self.assertEqual(room_of(20, 64).shortage, "")

    def test_a_soft_limit_is_raised(self) -> None:
        """As far as it is needed and the hard one allows."""
        limits = {"is": (256, 4096)}
        self.patch(resource, "getrlimit", lambda which: limits["is"])
        self.patch(resource, "setrlimit", lambda which, both: limits.update({"is": both}))
        self.assertEqual(make_room(1000).clients, 1000)
        self.assertEqual(limits["is"], (1256, 4096))
        self.assertEqual(make_room(10_000).clients, 3840)
        self.assertEqual(limits["is"], (4096, 4096))
        self.assertEqual(make_room(10).clients, 10)
        self.assertEqual(limits["is"], (4096, 4096))
        limits["is"] = (1024, resource.RLIM_INFINITY)
        self.assertEqual(make_room(10_000).clients, 10_000)
        limits["is"] = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
        self.assertEqual(make_room(10_000).clients, 10_000)
        self.assertEqual(limits["is"], (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
