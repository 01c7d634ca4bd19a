"""``oagw archive``: checking, saving, restoring and changing archived values."""

from __future__ import annotations

import argparse
import sqlite3
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from oagw.archives.backup import backup
from oagw.archives.checking import check
from oagw.archives.configured import check_store, open_snapshot, open_source
from oagw.archives.moments import FileSource
from oagw.archives.snapshot import Snapshot
from oagw.cli.errors import CommandError
from oagw.cli.exporting import FORMATS, Chosen, export, format_of, open_writer
from oagw.cli.gateway import gateway
from oagw.cli.importing import MOST_PROBLEMS, Importer, Outcome
from oagw.cli.places import add_places, add_places_of_action, state_of
from oagw.cli.progress import shown_progress
from oagw.cli.restoring import check_backup, is_running, restore_all, restore_values
from oagw.cli.stopped import STORE
from oagw.config import Settings
from oagw.errors import OagwError
from oagw.model.times import LAST, parse_time, to_iso
from oagw.systems.embedded.archiveservice import encode
from oagw.systems.embedded.known import Known


def add_parser(topics: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the topic to the command line."""
    archive = topics.add_parser("archive", help="archived values")
    add_places(archive)
    actions = archive.add_subparsers(required=True, metavar="ACTION")
    checking = actions.add_parser("check", help="read and verify every block")
    checking.set_defaults(run=_check)
    saving = actions.add_parser("backup", help="copy the archive and the datapoints")
    saving.add_argument("directory", metavar="DIR", help="an empty or a new directory")
    saving.set_defaults(run=_backup)
    restoring = actions.add_parser(
        "restore",
        help="take a backup in the place of what is there; if the gateway runs, its values",
    )
    restoring.add_argument("directory", metavar="DIR", help="what 'backup' has made")
    _add_period(restoring, required=False)
    restoring.set_defaults(run=_restore)
    exporting = actions.add_parser("export", help="write values to a file")
    exporting.add_argument("file", metavar="FILE", help=".csv or .parquet; '-' is CSV")
    _add_period(exporting, required=False)
    exporting.add_argument("--format", choices=FORMATS, help="whatever FILE ends with")
    exporting.set_defaults(run=_export)
    importing = actions.add_parser("import", help="add the values of files")
    importing.add_argument("files", nargs="+", metavar="FILE", help=".csv or .parquet")
    importing.add_argument("--format", choices=FORMATS, help="whatever FILE ends with")
    importing.add_argument(
        "--keep-going", action="store_true", help="import what is good, and list the rest"
    )
    importing.add_argument(
        "--replace",
        action="store_true",
        help="first delete what each element has in the period of its values in the files",
    )
    importing.set_defaults(run=_import)
    deleting = actions.add_parser("delete", help="delete values of a period")
    _add_period(deleting, required=True)
    deleting.add_argument("--yes", action="store_true", help="do not ask")
    deleting.set_defaults(run=_delete)
    compacting = actions.add_parser(
        "compact", help="bring together what is read together; takes the least room"
    )
    compacting.set_defaults(run=_compact)
    for action in actions.choices.values():
        add_places_of_action(action)


def _add_period(action: argparse.ArgumentParser, *, required: bool) -> None:
    action.add_argument(
        "--dps",
        nargs="+",
        action="extend",
        metavar="PATTERN",
        required=required,
        help="of these elements; a datapoint is all of its elements",
    )
    action.add_argument(
        "--from", dest="first", metavar="TIME", required=required, help="the first time"
    )
    action.add_argument(
        "--to", dest="last", metavar="TIME", required=required, help="the last time"
    )


def _archive_of(state: Path) -> Path:
    directory = state / "archive"
    if not directory.is_dir():
        raise CommandError(f"{state} is no state directory of a gateway that has run")
    return directory


def _check(settings: Settings, options: argparse.Namespace) -> int:
    directory = _archive_of(state_of(settings))
    with _told(), shown_progress("checking") as progress:
        report = check(directory, progress.tell)
        check_store(directory, settings, report, progress.tell)
    places = f"{report.files} files"
    if report.months:
        places += f", {report.months} months in the database"
    print(f"{places}, {report.blocks} blocks, {report.samples} values")
    for fault in report.faults:
        print(fault)
    if report.faults:
        raise CommandError(f"the archive has {len(report.faults)} faults")
    print("no fault")
    return 0


def _backup(settings: Settings, options: argparse.Namespace) -> int:
    state = state_of(settings)
    directory = _archive_of(state)
    with _told(), shown_progress("copying") as progress:
        database = open_source(directory, settings) if settings.archive.url else None
        files = backup(state, Path(options.directory), progress.tell, database)
    size = sum(path.stat().st_size for path in files)
    print(f"{len(files)} files, {size / 2**20:.1f} MiB in {options.directory}")
    return 0


def _chosen(settings: Settings, options: argparse.Namespace) -> Chosen:
    state = state_of(settings)
    opened = partial(open_snapshot, _archive_of(state), settings)
    return _chosen_of(state, opened, settings, options)


def _chosen_of(
    state: Path,
    opened: Callable[[], Snapshot],
    settings: Settings,
    options: argparse.Namespace,
) -> Chosen:
    """What is meant of an archive, with the datapoints of a state directory."""
    known = Known(state / STORE, settings.system.name)
    zone = settings.server.time_zone
    first = parse_time(options.first, zone, clamp=True) if options.first else 0
    last = parse_time(options.last, zone, clamp=True) if options.last else LAST
    if first > last:
        raise CommandError("--from is later than --to")
    return Chosen(opened, known, known.patterns(options.dps or ()), first, last)


@contextmanager
def _told() -> Iterator[None]:
    """What is wrong with names, times or files is told in a line.

    :raises CommandError: something is.
    """
    try:
        yield
    except OagwError as error:
        raise CommandError(error.message) from error
    except sqlite3.DatabaseError as error:
        raise CommandError(f"the archive cannot be read: {error}") from error


def _export(settings: Settings, options: argparse.Namespace) -> int:
    file_format = format_of(options.file, options.format)
    with _told(), shown_progress("exporting") as progress:
        chosen = _chosen(settings, options)
        with open_writer(options.file, file_format, chosen.known.users) as writer:
            count, elements = export(
                chosen,
                writer,
                settings.system.name,
                lambda share: progress.tell("exporting", share),
            )
    # Standard output may be the file.
    print(f"{count} values of {elements} elements", file=sys.stderr)
    if chosen.unknown:
        print(
            f"left out: {len(chosen.unknown)} numbers that belong to no element any more",
            file=sys.stderr,
        )
    return 0


def _import(settings: Settings, options: argparse.Namespace) -> int:
    state, zone = state_of(settings), settings.server.time_zone
    _archive_of(state)
    with gateway(state, settings) as ask, shown_progress("reading") as progress:
        importer = Importer(options.files, options.format, zone, ask, progress.tell)
        if options.replace or not options.keep_going:
            checked = importer.check(options.keep_going)
            if checked.left_out and not options.keep_going:
                raise CommandError("\n".join(_refusal(checked)))
            if options.replace:
                progress.tell("deleting what is replaced")
                importer.replace(checked)
        outcome = importer.add(options.keep_going)
    print(f"values: {outcome.count}")
    for line in outcome.report():
        print(f"left out: {line}")
    return 0


def _refusal(checked: Outcome) -> Iterator[str]:
    yield from checked.report()
    if checked.left_out >= MOST_PROBLEMS:
        yield f"the reading ended after {checked.left_out} problems; there may be more"
    yield "nothing was imported; --keep-going imports what is good"


def _delete(settings: Settings, options: argparse.Namespace) -> int:
    with _told():
        chosen = _chosen(settings, options)
        with shown_progress("counting") as progress:
            counts = chosen.counts(lambda share: progress.tell("counting", share))
    values = f"{sum(counts.values())} values of {len(counts)} elements"
    period = f"from {to_iso(chosen.first)} to {to_iso(chosen.last)}"
    if not counts:
        print(f"there is nothing to delete {period}")
        return 0
    print(f"{values} {period}", file=sys.stderr)
    if not options.yes:
        _confirm()
    periods = [(number, chosen.first, chosen.last) for number in counts]
    with gateway(state_of(settings), settings) as ask, shown_progress("deleting"):
        answer = ask("archive delete", {}, encode(periods))
    print("\n".join(answer.lines))
    return 0


def _confirm() -> None:
    """Ask whether it is meant.

    :raises CommandError: it is not, or nobody is there to be asked.
    """
    if not sys.stdin.isatty():
        raise CommandError("nothing was deleted; --yes deletes without asking")
    print("delete them? [y/N] ", end="", file=sys.stderr, flush=True)
    if sys.stdin.readline().strip().lower() not in ("y", "yes"):
        raise CommandError("nothing was deleted")


def _compact(settings: Settings, options: argparse.Namespace) -> int:
    state = state_of(settings)
    _archive_of(state)
    with gateway(state, settings) as ask, shown_progress("compacting"):
        answer = ask("archive compact", {}, b"")
    print("\n".join(answer.lines))
    return 0


def _restore(settings: Settings, options: argparse.Namespace) -> int:
    source, state = Path(options.directory), state_of(settings)
    check_backup(source)
    is_chosen = any((options.dps, options.first, options.last))
    if not is_chosen and not is_running(state):
        with _told(), shown_progress("restoring") as progress:
            kept = restore_all(source, state, settings, progress.tell)
        print(f"restored; what was there is in {kept}")
        return 0
    with _told(), shown_progress("reading") as progress:
        opened = partial(Snapshot, source / "archive", FileSource(source / "archive"))
        chosen = _chosen_of(source, opened, settings, options)
        with gateway(state, settings) as ask:
            outcome = restore_values(chosen, settings.system.name, ask, progress.tell)
    print(f"values: {outcome.count}")
    for line in outcome.report():
        print(f"left out: {line}")
    return 0
