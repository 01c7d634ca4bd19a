"""The service: starting, listening, options, ending."""

from __future__ import annotations

import re
import shutil
import signal
import socket
import sqlite3
import ssl
import stat
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)
from twisted.trial.unittest import SkipTest, TestCase
from websocket import create_connection

from oagw.server.tls import make_local_certificate
from tests.processes import PATIENCE
from tests.service.daemon import OAGW, ROOT, TWISTD, Client, Daemon, insecure, run

QUIET = ("--set", "simulate.enabled=no")


class _InDirectory(TestCase):
    timeout = 300

    def setUp(self) -> None:
        self.directory = Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.directory)
        self.state = self.directory / "state"

    def start(self, *arguments: str) -> Daemon:
        daemon = Daemon(self.state, *arguments).start()
        self.addCleanup(daemon.stop)
        return daemon

    def refused(self, *arguments: str, config: str = "etc/oagw.ini") -> str:
        """What a daemon says that does not start: one line."""
        command = [str(TWISTD), "-n", "oagw", "--config", config]
        done = run(*command, "--state", str(self.state), *arguments)
        self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
        lines = done.stderr.splitlines()
        self.assertEqual(len(lines), 1, done.stderr)
        return lines[0]


class StartTests(_InDirectory):
    def test_prints_and_writes_what_to_connect_to(self) -> None:
        """URL, user and fingerprint are printed, the URLs written to a file."""
        daemon = self.start(
            *QUIET, "--listen", "wss://localhost:0", "--listen", "ssl:0:interface=127.0.0.1"
        )
        first, second = daemon.urls
        self.assertRegex(first, r"^wss://localhost:\d+/winccoa$")
        self.assertRegex(second, r"^wss://127\.0\.0\.1:\d+/winccoa$")
        self.assertIn(f"URL:          {first}", daemon.output)
        self.assertIn("user:         demo, password demo", daemon.output)
        self.assertRegex(daemon.output, r"SHA-256:      ([0-9A-F]{2}:){31}[0-9A-F]{2}")
        for url in daemon.urls:
            client = insecure(f"{url}?username=demo&password=demo")
            self.addCleanup(client.close)

    def test_key_is_private_and_certificate_is_kept(self) -> None:
        """The private key is for its owner alone; the second start keeps both."""
        daemon = self.start(*QUIET)
        key = self.state / "private_key.pem"
        self.assertEqual(stat.S_IMODE(key.stat().st_mode), 0o600)
        before = key.read_bytes(), daemon.certificate.read_bytes()
        daemon.stop()
        daemon.start()
        self.assertEqual((key.read_bytes(), daemon.certificate.read_bytes()), before)

    def test_own_certificate(self) -> None:
        """A certificate that is configured is the one that clients see."""
        certificate = self.directory / "own.pem"
        key = self.directory / "own.key"
        make_local_certificate(certificate, key, datetime.now(UTC))
        daemon = self.start(
            *QUIET,
            "--set", f"server.certificate={certificate}",
            "--set", f"server.private_key={key}",
        )  # fmt: skip
        client = Client(f"{daemon.urls[0]}?username=demo&password=demo", certificate)
        self.addCleanup(client.close)
        self.assertEqual(client.ask("DpGet", Dps=[])["Error"], 0)
        self.assertIn(f"certificate:  {certificate}", daemon.output)
        self.assertFalse(daemon.certificate.exists())

    def test_a_certificate_that_clients_refuse(self) -> None:
        """The banner warns beside the URL; a valid certificate has no warning."""
        daemon = self.start(
            *QUIET, "--listen", "wss://127.0.0.2:0", "--listen", "wss://localhost:0"
        )
        warned = re.findall(r"^warning: +(.*)$", daemon.output, re.M)
        self.assertEqual(len(warned), 1)
        self.assertIn("the certificate is not for 127.0.0.2, ", warned[0])
        self.assertIn("#warn] the certificate is not for 127.0.0.2", daemon.output)
        daemon.stop()
        self.assertNotIn("warning:", self.start(*QUIET).output)

    def test_unix_socket(self) -> None:
        """A proxy on this machine can use a unix socket; demo/demo may stay."""
        path = self.directory / "oagw.sock"
        daemon = self.start(
            *QUIET, "--listen", f"unix:{path}", "--set", "server.allow_plain=yes"
        )
        self.assertEqual(daemon.urls, [f"unix:{path}"])
        with socket.socket(socket.AF_UNIX) as raw:
            raw.connect(str(path))
            url = "ws://localhost/winccoa?username=demo&password=demo"
            client = create_connection(url, socket=raw)
            client.send('{"DpGet": {"Dps": ["ExampleDP_Trend1."]}}')
            self.assertIn('"Error":0', client.recv())

    def test_only_late_tls(self) -> None:
        """TLS 1.2 is accepted, TLS 1.1 is not."""
        port = int(self.start(*QUIET).urls[0].split(":")[2].split("/")[0])
        for version, accepted in (
            (ssl.TLSVersion.TLSv1_2, True),
            (ssl.TLSVersion.TLSv1_1, False),
        ):
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
            context.set_ciphers("ALL:@SECLEVEL=0")
            context.minimum_version = ssl.TLSVersion.TLSv1
            context.maximum_version = version
            with socket.create_connection(("127.0.0.1", port)) as raw:
                if accepted:
                    with context.wrap_socket(raw) as secure:
                        self.assertEqual(secure.version(), "TLSv1.2")
                else:
                    with self.assertRaises(ssl.SSLError):
                        context.wrap_socket(raw)

    def test_plugin_is_listed(self) -> None:
        """``twistd --help`` lists oagw, ``twistd oagw --help`` explains its options."""
        self.assertRegex(run(str(TWISTD), "--help").stdout, r"\n\s+oagw\s+The open gateway")
        explained = run(str(TWISTD), "oagw", "--help").stdout
        for option in ("--config", "--listen", "--state", "--set"):
            self.assertIn(option, explained)


class RefusalTests(_InDirectory):
    def config(self, text: str) -> str:
        path = self.directory / "bad.ini"
        path.write_text(text)
        return str(path)

    def test_unknown_section(self) -> None:
        """An unknown section is named with its file and the nearest known one."""
        path = self.config("[sever]\nlisten = x\n")
        self.assertEqual(
            self.refused(config=path),
            f"oagw: {path}, line 1: [sever]: unknown section; did you mean server?",
        )

    def test_unknown_key(self) -> None:
        """An unknown key is named with its file, section and the nearest known one."""
        path = self.config("[server]\nlissen = x\n")
        self.assertEqual(
            self.refused(config=path),
            f"oagw: {path}, line 2: [server] lissen: unknown key; did you mean listen?",
        )

    def test_a_key_of_another_backend(self) -> None:
        """It is refused, for it would change nothing; the line says what to do."""
        path = self.config("[system:S2]\nurl = wss://a/b\nsecurity = Basic256Sha256\n")
        self.assertEqual(
            self.refused(config=path),
            f"oagw: {path}, line 3: [system:S2] security: this is a key of the backend "
            "opcua, and the backend of this system is oa4j-wss (the default); remove the "
            "key, or set backend = opcua",
        )

    def test_bad_value(self) -> None:
        """A bad value is named with what would be right."""
        path = self.config("[simulate]\nhold = soon\n")
        self.assertEqual(
            self.refused(config=path),
            f"oagw: {path}, line 2: [simulate] hold = 'soon': must be a duration such as "
            "500ms, 10s, 5min, 4h or 7d",
        )

    def test_what_the_file_alone_does_not_show(self) -> None:
        """It has its line as well, and never a traceback."""
        for text, said in (
            ("[server]\n\npath = /a\nlisten = foo\n", "line 4: [server] listen foo: must"),
            ("[auth]\ncheckers = file\n", "line 2: [auth] checkers: 'file' is not a kind"),
            ("[auth]\ncheckers = anonymous\n", "'anonymous' does not check passwords"),
            ("[server]\nprivate_key = x\n", "[server] certificate and private_key: set"),
            (
                "[simulate]\na.b = sinus\n",
                "line 2: [simulate] a.b: 'sinus' is not a signal",
            ),
        ):
            line = self.refused(config=self.config(f"{text}[system]\nplant =\n"))
            self.assertIn(said, line)

    def test_no_place_for_the_log(self) -> None:
        """A log file that cannot be written is named."""
        log = self.directory / "none" / "oagw.log"
        done = run(str(TWISTD), "-n", "--logfile", str(log), "oagw", "--state", "x")
        self.assertEqual(done.returncode, 1)
        self.assertEqual(done.stderr, f"oagw: --logfile {log}: No such file or directory\n")

    def test_bad_override(self) -> None:
        """A bad --set is named as such."""
        line = self.refused("--set", f"auth.users={self.directory}")
        self.assertIn(f"[auth] users = {self.directory}: Is a directory", line)
        line = self.refused("--set", "server.max_connections=many")
        self.assertEqual(
            line,
            "oagw: --set server.max_connections: [server] max_connections = 'many': "
            "must be a whole number, 1 or more",
        )

    def test_bad_signal(self) -> None:
        """A bad signal is named with its pattern."""
        line = self.refused("--set", "simulate.history=9999d")
        self.assertIn("[simulate] history: an element would get more than 1000000", line)
        self.assertIn("a longer history_step", line)
        line = self.refused("--set", "simulate.ExampleDP_Trend1.=sinus")
        self.assertIn("[simulate] ExampleDP_Trend1.: 'sinus' is not a signal", line)

    def test_missing_config(self) -> None:
        """A configuration that is not there is named."""
        line = self.refused(config="etc/none.ini")
        self.assertEqual(line, "oagw: --config etc/none.ini: No such file or directory")

    def test_bad_plant_file(self) -> None:
        """An error in the plant file is named with the file and the place."""
        path = self.directory / "plant.toml"
        path.write_text('[types.Pump]\nspeed = "flaot"\n')
        line = self.refused("--set", f"system.plant={path}")
        self.assertIn(f"{path}: types.Pump.speed: 'flaot' is not an element type", line)

    def test_port_in_use(self) -> None:
        """A port that is taken is named."""
        daemon = self.start(*QUIET)
        other = self.directory / "other"
        done = run(
            str(TWISTD), "-n", "oagw", "--config", "etc/oagw.ini", "--state", str(other),
            "--listen", daemon.urls[0],
        )  # fmt: skip
        self.assertEqual(done.returncode, 1)
        taken = f"oagw: listen {daemon.urls[0]}: Address already in use; end what listens"
        self.assertIn(taken, done.stderr)

    def test_port_in_use_as_a_daemon(self) -> None:
        """The shell that starts it in the background gets the reason too, and is free."""
        daemon = self.start(*QUIET)
        log, pid = self.directory / "oagw.log", self.directory / "pid"
        done = run(
            *(str(TWISTD), "--logfile", str(log), "--pidfile", str(pid)),
            *("oagw", "--config", "etc/oagw.ini", "--state", str(self.directory / "other")),
            *("--listen", daemon.urls[0]),
        )
        self.assertEqual(done.returncode, 1)
        self.assertIn(f"listen {daemon.urls[0]}: Address already", done.stderr)
        self.assertIn("Address already in use; end what listens", log.read_text())
        self.assertFalse(pid.exists())

    def test_state_directory_in_use(self) -> None:
        """Two gateways cannot share a state directory."""
        self.start(*QUIET)
        line = self.refused("--listen", "wss://127.0.0.1:0")
        self.assertIn(f"the state directory {self.state} is used by another oagw", line)

    def test_plain_needs_a_setting(self) -> None:
        """A listener without TLS is refused, unless the setting allows it."""
        for listener in ("ws://127.0.0.1:0", "tcp:0:interface=127.0.0.1"):
            line = self.refused("--listen", listener)
            self.assertIn("allow_plain = yes", line)
        daemon = self.start(
            *QUIET, "--listen", "ws://127.0.0.1:0", "--set", "server.allow_plain=yes"
        )
        [url] = daemon.urls
        self.assertRegex(url, r"^ws://127\.0\.0\.1:\d+/winccoa$")
        client = Client(f"{url}?username=demo&password=demo", daemon.certificate)
        self.addCleanup(client.close)
        self.assertEqual(client.ask("DpGet", Dps=[])["Error"], 0)

    def test_well_known_password_and_reachable(self) -> None:
        """With demo/demo oagw refuses to be reachable, and says how to change it."""
        self.start(*QUIET).stop()
        for listener in ("wss://0.0.0.0:0", "ssl:0", "ssl:0:interface=0.0.0.0"):
            line = self.refused("--listen", listener)
            self.assertIn("the user demo has a well-known password", line)
            places = f"demo --config etc/oagw.ini --state {self.state}'"
            for word in ("passwd", "remove"):
                self.assertIn(f"oagw user {word} {places}", line)

    def test_reachable_with_a_good_password(self) -> None:
        """Without a well-known password oagw may be reachable; user demo does not exist."""
        command = [
            str(OAGW),
            "user",
            "--config",
            "etc/oagw.ini",
            "--state",
            str(self.state),
        ]
        done = run(*command, "add", "alice", stdin="a long one\n")
        self.assertEqual(done.returncode, 0, done.stderr)
        daemon = self.start(*QUIET, "--listen", "wss://0.0.0.0:0")
        url = daemon.urls[0].replace("0.0.0.0", "127.0.0.1")
        client = Client(f"{url}?username=alice&password=a+long+one", daemon.certificate)
        self.addCleanup(client.close)
        self.assertEqual(client.ask("DpGet", Dps=[])["Error"], 0)
        demo = Client(f"{url}?username=demo&password=demo", daemon.certificate)
        self.assertEqual(demo.closed(), (4000, "invalid username and/or password!"))

    def test_certificates_and_keys(self) -> None:
        """The file that cannot be used is named, with the reason and the way out."""
        certificate, key = self.directory / "own.pem", self.directory / "own.key"
        make_local_certificate(certificate, key, datetime.now(UTC))
        encrypted = self.directory / "encrypted.key"
        loaded = load_pem_private_key(key.read_bytes(), None)
        password = BestAvailableEncryption(b"x")
        encrypted.write_bytes(
            loaded.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, password)
        )
        other = self.directory / "other.key"
        make_local_certificate(self.directory / "other.pem", other, datetime.now(UTC))
        for given, of, text in (
            (self.directory / "none", key, "certificate {0}: No such file or directory"),
            (key, certificate, "certificate {0}: it has no certificate in PEM form"),
            (certificate, self.directory, "private_key {1}: Is a directory"),
            (certificate, certificate, "private_key {1}: it has no private key in PEM"),
            (certificate, encrypted, "private_key {1}: it is encrypted, and a gateway"),
            (certificate, other, "private_key {1}: it is not the key of {0}"),
        ):
            line = self.refused(
                *("--set", f"server.certificate={given}"),
                *("--set", f"server.private_key={of}"),
            )
            self.assertIn(f": [server] {text.format(given, of)}", line)

    def test_a_damaged_password_file(self) -> None:
        """It is not treated as a file without users."""
        users = self.directory / "users"
        users.write_text("alice:$argon2id$x:sound\nbob\n")
        line = self.refused("--set", f"auth.users={users}")
        self.assertIn(f"{users}, line 2 is not a line of a password file", line)

    def test_half_a_certificate(self) -> None:
        """A certificate without its key is refused."""
        line = self.refused("--set", "server.certificate=cert.pem")
        self.assertIn("certificate and private_key: set both of them, or none", line)


class EndTests(_InDirectory):
    def test_sigterm(self) -> None:
        """SIGTERM sends clients away with 1001, and the exit code is 0."""
        daemon = self.start(*QUIET)
        clients = [daemon.connect() for _ in range(3)]
        for client in clients:
            client.ask("DpConnect", Dps=["ExampleDP_Trend1."])
        assert daemon.process is not None
        daemon.process.send_signal(signal.SIGTERM)
        for client in clients:
            self.assertEqual(client.closed(), (1001, "the gateway stops"))
        self.assertEqual(daemon.stop(), 0)
        self.assertFalse((self.state / "listening").exists())
        self.assertIn("everything accepted is on disk", daemon.output)

    def test_sigterm_with_work_waiting(self) -> None:
        """Unread period queries do not keep the gateway from stopping."""
        daemon = self.start(*QUIET)
        client = daemon.connect()
        values = [{"Dp": "ExampleDP_SumAlert.", "Value": "x" * 100_000}]
        for _ in range(50):
            client.ask("DpSet", Wait=True, Values=values)
        for number in range(200):
            period = {"Id": number, "Dps": ["ExampleDP_SumAlert."], "T1": 0, "T2": 9e12}
            client.send("DpGetPeriod", period)
        client.receive()
        self.assertEqual(daemon.stop(), 0)
        self.assertIn("everything accepted is on disk", daemon.output)
        self.assertNotIn("Traceback", daemon.output)

    def test_sigterm_with_half_closed_clients(self) -> None:
        """Clients that close the websocket and keep the line do not keep it from ending."""
        daemon = self.start(*QUIET)
        clients = [daemon.connect() for _ in range(2)]
        clients.append(daemon.connect("?username=demo&password=guess"))
        clients[0].ask("DpGet", Dps=[])
        for client in clients:
            client.socket.send_close()
        self.assertEqual(daemon.stop(), 0)
        self.assertIn("everything accepted is on disk", daemon.output)

    def test_cannot_write(self) -> None:
        """A stop that could not write accepted values is not a clean end."""
        daemon = self.start(*QUIET)
        client = daemon.connect()
        client.ask("DpSet", Wait=True, Values=[{"Dp": "ExampleDP_Arg1.", "Value": 1}])
        locker = sqlite3.connect(
            self.state / "archive" / "hot.sqlite", isolation_level=None
        )
        self.addCleanup(locker.close)
        locker.execute("BEGIN IMMEDIATE")
        client.send("DpSet", {"Values": [{"Dp": "ExampleDP_Arg1.", "Value": 2}]})
        client.ask("DpGet", Dps=[])
        self.assertEqual(daemon.stop(), 1)
        self.assertIn("not everything that was accepted could be written", daemon.output)

    def test_sigint(self) -> None:
        """Ctrl-C is a clean end too."""
        daemon = self.start(*QUIET)
        assert daemon.process is not None
        daemon.process.send_signal(signal.SIGINT)
        self.assertEqual(daemon.stop(), 0)

    def test_values_survive(self) -> None:
        """What was set, without waiting, is there after a clean restart."""
        daemon = self.start(*QUIET)
        client = daemon.connect()
        client.send(
            "DpSet", {"Values": [{"Dp": "pump_00001.command.setpoint", "Value": 7}]}
        )
        client.ask("DpGet", Dps=[])
        daemon.stop()
        daemon.start()
        again = daemon.connect()
        self.addCleanup(again.close)
        values = again.ask("DpGet", Dps=["pump_00001.command.setpoint"])["Values"]
        self.assertEqual(list(values.values()), [7.0])


class UnitFileTests(_InDirectory):
    def test_systemd_finds_nothing_wrong(self) -> None:
        """``systemd-analyze verify`` accepts the unit."""
        if shutil.which("systemd-analyze") is None:
            raise SkipTest("needs systemd-analyze: sudo apt-get install systemd")
        unit = (ROOT / "etc/oagw.service").read_text()
        # The unit names the place of a packaged installation, which is not here.
        installed, count = re.subn(r"(?<=ExecStart=)\S+twistd", str(TWISTD), unit)
        self.assertEqual(count, 1)
        path = self.directory / "oagw.service"
        path.write_text(installed)
        done = run("systemd-analyze", "verify", str(path))
        self.assertEqual((done.returncode, done.stderr), (0, ""))

    def test_tells_systemd_when_it_is_ready(self) -> None:
        """The service manager hears READY=1 once clients can connect, then STOPPING=1."""
        address = str(self.directory / "notify")
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
            channel.bind(address)
            channel.settimeout(PATIENCE)
            daemon = Daemon(self.state, *QUIET, NOTIFY_SOCKET=address).start()
            self.addCleanup(daemon.stop)
            self.assertEqual(channel.recv(100), b"READY=1")
            daemon.stop()
            self.assertEqual(channel.recv(100), b"STOPPING=1")
