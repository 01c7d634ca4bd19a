"""``oagw dpl``: import and export of DPL files, with a running or a stopped gateway."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path

from oagw.cli.clierrors import CommandError
from oagw.cli.controlclient import NotRunning, ask
from oagw.cli.options import add_parser, add_places
from oagw.cli.output import binary_output, output_file
from oagw.cli.progress import shown_progress
from oagw.cli.stoppedgateway import stopped
from oagw.cli.usedstate import new_or_used_state, used_state
from oagw.config.settings import Settings
from oagw.dpl.text import is_encoding
from oagw.errors import OagwError
from oagw.systems.embedded.dplservice import DplService, ImportRefused, import_lines

_UTF8 = "utf-8"


def add_actions(dpl: argparse.ArgumentParser) -> None:
    """Add the actions of the topic."""
    add_places(dpl)
    actions = dpl.add_subparsers(required=True, metavar="ACTION")
    importing = add_parser(actions, "import", "import DPL files: all of them, or nothing")
    importing.add_argument("files", nargs="+", metavar="FILE", help="a DPL file")
    importing.add_argument(
        "--keep-going",
        action="store_true",
        help="leave out what cannot be imported, and list it",
    )
    importing.add_argument(
        "--encoding",
        type=_encoding,
        help="encoding of the files, such as windows-1252 (default: detected)",
    )
    importing.set_defaults(run=_import)
    exporting = add_parser(
        actions, "export", "export all datapoints, or those of a pattern"
    )
    exporting.add_argument(
        "pattern", nargs="?", default="", metavar="PATTERN", help="such as Pump_*"
    )
    exporting.add_argument(
        "-o", "--output", help="the file to write (default: standard output)"
    )
    exporting.add_argument(
        "--encoding",
        type=_encoding,
        default=_UTF8,
        help="encoding of the file, such as iso-8859-1 (default: utf-8)",
    )
    exporting.set_defaults(run=_export)
    for action in (importing, exporting):
        add_places(action)


def _import(settings: Settings, options: argparse.Namespace) -> int:
    files = [(name, Path(name).read_bytes()) for name in options.files]
    state = new_or_used_state(settings, options)
    wishes = {"keep_going": bool(options.keep_going), "encoding": options.encoding or ""}
    with shown_progress("importing") as progress:
        try:
            lines = ask(state, "dpl import", wishes, files, progress.set).lines
        except NotRunning:
            lines = _import_stopped(state, settings, files, wishes)
    print("\n".join(lines))
    return 0


def _encoding(name: str) -> str:
    if not is_encoding(name):
        raise argparse.ArgumentTypeError(f"the encoding '{name}' is unknown")
    return name


def _import_stopped(
    state: Path,
    settings: Settings,
    files: Sequence[tuple[str, bytes]],
    wishes: Mapping[str, object],
) -> Sequence[str]:
    with stopped(state, settings) as parts:
        service = DplService(parts.system, parts.services)
        try:
            with parts.store.creating():
                keep_going, encoding = bool(wishes["keep_going"]), str(wishes["encoding"])
                return import_lines(service.import_now(files, keep_going, encoding))
        except ImportRefused as error:
            raise CommandError("\n".join(error.report)) from error


def _export(settings: Settings, options: argparse.Namespace) -> int:
    state = used_state(settings)
    with shown_progress("exporting") as progress:
        try:
            wishes = {"pattern": options.pattern}
            content = ask(state, "dpl export", wishes, [], progress.set).content
        except NotRunning:
            content = _export_stopped(state, settings, options.pattern)
    if options.encoding != _UTF8:
        content = _encoded(content, options.encoding)
    if not options.output:
        binary_output().write(content)
        return 0
    with output_file(options.output) as file:
        file.write(content)
    return 0


def _export_stopped(state: Path, settings: Settings, pattern: str) -> bytes:
    with stopped(state, settings) as parts:
        try:
            service = DplService(parts.system, parts.services)
            return "".join(service.export(pattern)).encode()
        except OagwError as error:
            raise CommandError(error.message) from error


def _encoded(content: bytes, encoding: str) -> bytes:
    try:
        return content.decode().encode(encoding)
    except UnicodeEncodeError as error:
        shown = error.object[error.start : error.end]
        raise CommandError(
            f"{encoding} has no character {shown!r}; export in utf-8"
        ) from error
