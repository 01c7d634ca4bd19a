"""``oagw archive``: checking, backing up, restoring and changing archived values."""

from __future__ import annotations

import argparse
import shutil
import sqlite3
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from oagw.archives.enginetable import engine_of, open_snapshot
from oagw.archives.files.backup import INCOMPLETE, backup
from oagw.archives.files.fileengine import FileEngine
from oagw.archives.reading.snapshot import Snapshot
from oagw.archives.sealed.blockcheck import CheckReport
from oagw.cli.archiveplaces import (
    ArchivePlace,
    WantedValues,
    all_places,
    archive_places,
    choose,
    meant_without,
)
from oagw.cli.clierrors import CommandError
from oagw.cli.fileversions import check_versions
from oagw.cli.gatewayaccess import gateway, of_system
from oagw.cli.options import add_places
from oagw.cli.progress import shown_progress
from oagw.cli.restore import check_backup, is_running, restore_all, restore_values
from oagw.cli.sampleexport import FORMATS, Chosen, export, format_of, open_writer
from oagw.cli.sampleimport import MOST_PROBLEMS, Importer, ImportOutcome
from oagw.cli.statefiles import copy_others, elsewhere
from oagw.cli.storerepair import adopt_all, check_belonging, discard_mismatched, repair_all
from oagw.cli.usedstate import new_or_used_state, used_state
from oagw.config.settings import Settings
from oagw.errors import OagwError
from oagw.gateway.stores import mismatches
from oagw.model.times import to_iso
from oagw.storage.damage import StorageError
from oagw.storage.storeidentity import ARCHIVE, HOT
from oagw.systems.embedded.archiveservice import decode_count, encode_body


def add_actions(archive: argparse.ArgumentParser) -> None:
    """Add the actions of the topic."""
    add_places(archive)
    actions = archive.add_subparsers(required=True, metavar="ACTION")
    checking = actions.add_parser("check", help="read and verify every block")
    checking.set_defaults(run=_check)
    saving = actions.add_parser(
        "backup",
        help="copy the state directory: archives, datapoints, users, certificates, keys",
    )
    saving.add_argument("directory", metavar="DIR", help="an empty or a new directory")
    saving.set_defaults(run=_backup)
    restoring = actions.add_parser(
        "restore",
        help="replace the state by a backup; if the gateway runs, only the values",
    )
    restoring.add_argument(
        "directory", metavar="DIR", help="a directory that 'backup' created"
    )
    _add_period(restoring, required=False)
    restoring.set_defaults(run=_restore)
    exporting = actions.add_parser("export", help="write values to a file")
    exporting.add_argument("file", metavar="FILE", help=".csv or .parquet; '-' is CSV")
    _add_period(exporting, required=False)
    exporting.add_argument(
        "--format", choices=FORMATS, help="the format, whatever FILE ends with"
    )
    exporting.set_defaults(run=_export)
    importing = actions.add_parser("import", help="add the values of files")
    importing.add_argument("files", nargs="+", metavar="FILE", help=".csv or .parquet")
    importing.add_argument(
        "--format", choices=FORMATS, help="the format, whatever FILE ends with"
    )
    importing.add_argument(
        "--keep-going", action="store_true", help="import valid values, and list the others"
    )
    importing.add_argument(
        "--replace",
        action="store_true",
        help="first delete the values of each element in the period that the files cover",
    )
    importing.set_defaults(run=_import)
    deleting = actions.add_parser("delete", help="delete values of a period")
    _add_period(deleting, required=True)
    deleting.add_argument("--yes", action="store_true", help="delete without asking")
    deleting.set_defaults(run=_delete)
    compacting = actions.add_parser(
        "compact", help="merge blocks, for fast reading and the least disk space"
    )
    compacting.set_defaults(run=_compact)
    adopting = actions.add_parser(
        "adopt",
        help="continue with a datapoint file and an archive that do not belong together; "
        "the gateway must not run",
    )
    adopting.set_defaults(run=_adopt)
    repairing = actions.add_parser(
        "repair", help="keep the intact rows of damaged files; the gateway must not run"
    )
    repairing.set_defaults(run=_repair)
    discarding = actions.add_parser(
        "discard",
        help="move archives away that do not belong to their datapoints; the next start "
        "creates empty ones",
    )
    discarding.set_defaults(run=_discard)
    for action in actions.choices.values():
        add_places(action)


def _add_period(action: argparse.ArgumentParser, *, required: bool) -> None:
    action.add_argument(
        "--dps",
        nargs="+",
        action="extend",
        metavar="PATTERN",
        required=required,
        help="elements; a datapoint stands for all of its elements",
    )
    action.add_argument(
        "--from", dest="first", metavar="TIME", required=required, help="the first time"
    )
    action.add_argument(
        "--to", dest="last", metavar="TIME", required=required, help="the last time"
    )


def _places_of(settings: Settings) -> list[ArchivePlace]:
    """All archives of the state directory.

    :raises CommandError: there is none, or a file was written by a later oagw.
    """
    state = used_state(settings)
    if not (state / ARCHIVE).is_dir():
        check_belonging(ArchivePlace(settings.system.name, state, Path()), settings)
    found = archive_places(state, settings)
    for place in found:
        check_versions(place.directory)
    return found


def _check(settings: Settings, options: argparse.Namespace) -> int:
    report = CheckReport()
    state = used_state(settings)
    with _translated(), shown_progress("checking") as progress:
        engine = engine_of(settings)
        for place in all_places(state, settings):
            check_versions(place.directory)
            faults = mismatches(place.directory, engine)
            if (place.archive / HOT).exists():
                report.add(engine.check(place.archive, progress.set), place.title)
            report.faults += faults
    summary = f"{report.files} files"
    if report.months:
        summary += f", {report.months} months in the database"
    print(f"{summary}, {report.blocks} blocks, {report.samples} values")
    for fault in report.faults:
        print(fault)
    if report.faults:
        raise CommandError(f"the archive has {len(report.faults)} faults")
    print("no fault")
    return 0


def _backup(settings: Settings, options: argparse.Namespace) -> int:
    files: list[Path] = []
    targets: list[Path] = []
    with _translated(), shown_progress("copying") as progress:
        engine = engine_of(settings)
        for place in _places_of(settings):
            check_belonging(place, settings)
            source = engine.backup_source(place.archive)
            target = Path(options.directory) / place.below
            targets.append(target)
            files += backup(place.directory, target, progress.set, source)
        files += copy_others(used_state(settings), Path(options.directory))
        for target in targets:
            (target / INCOMPLETE).unlink()
    size = sum(path.stat().st_size for path in files)
    print(f"{len(files)} files, {size / 2**20:.1f} MiB in {options.directory}")
    for path in elsewhere(settings, used_state(settings)):
        print(f"not in the backup: {path} of the configuration")
    return 0


def _is_chosen(options: argparse.Namespace) -> bool:
    """Whether the options choose some of the values."""
    return any((options.dps, options.first, options.last))


def _wanted(options: argparse.Namespace) -> WantedValues:
    return WantedValues(options.dps or (), options.first, options.last)


def _chosen(
    settings: Settings, options: argparse.Namespace
) -> Iterator[tuple[ArchivePlace, Chosen]]:
    """The chosen values of each archive."""

    def opened(place: ArchivePlace) -> Snapshot:
        return open_snapshot(place.archive, engine_of(settings))

    for place, chosen in choose(_places_of(settings), opened, settings, _wanted(options)):
        check_belonging(place, settings)
        yield place, chosen


@contextmanager
def _translated() -> Iterator[None]:
    """Translate errors of names, times and files to one line.

    :raises CommandError: there was such an error.
    """
    try:
        yield
    except OagwError as error:
        raise CommandError(error.message) from error
    except StorageError as error:
        raise CommandError(str(error)) from error
    except shutil.Error as error:
        # Many files could not be copied, mostly for the same reason.
        source, target, reason = error.args[0][0]
        raise CommandError(f"{source} cannot be copied to {target}: {reason}") from error
    except sqlite3.DatabaseError as error:
        raise CommandError(f"the archive cannot be read: {error}") from error


def _check_patterns(every: Sequence[tuple[ArchivePlace, Chosen]]) -> None:
    """Warn of patterns that match no element.

    :raises CommandError: none of them matches any.
    """
    silent = [text for _, one in every for text in one.known.unmatched(one.patterns)]
    if silent and len(silent) == sum(len(one.patterns) for _, one in every):
        raise CommandError(f"no element matches {' or '.join(map(repr, silent))}")
    for text in silent:
        print(f"warning: no element matches {text!r}", file=sys.stderr)


def _export(settings: Settings, options: argparse.Namespace) -> int:
    file_format = format_of(options.file, options.format)
    count = elements = unknown = 0
    with _translated(), shown_progress("exporting") as progress:
        every = list(_chosen(settings, options))
        _check_patterns(every)
        with open_writer(options.file, file_format) as writer:
            for place, chosen in every:
                found, of = export(
                    chosen,
                    writer,
                    place.system,
                    lambda share: progress.set("exporting", share),
                )
                count, elements = count + found, elements + of
                unknown += len(chosen.unknown)
            if not count and _is_chosen(options):
                raise CommandError(
                    "nothing was exported: there are no such archived values"
                )
    # Standard output may be the file.
    print(f"{count} values of {elements} elements", file=sys.stderr)
    if unknown:
        print(
            f"left out: {unknown} numbers of deleted elements",
            file=sys.stderr,
        )
    return 0


def _import(settings: Settings, options: argparse.Namespace) -> int:
    state, zone = used_state(settings), settings.server.time_zone
    found = _places_of(settings)
    own = meant_without(found, settings)
    with gateway(state, settings) as ask, shown_progress("reading") as progress:
        gateways = {one.system: of_system(ask, one.system) for one in found}
        importer = Importer(
            options.files, options.format, zone, gateways, own, progress.set
        )
        if options.replace or not options.keep_going:
            checked = importer.check(options.keep_going)
            if checked.left_out and not options.keep_going:
                raise CommandError("\n".join(_refusal(checked)))
            if options.replace:
                progress.set("deleting values to be replaced")
                importer.replace(checked)
        outcome = importer.add(options.keep_going)
    if not outcome.count:
        if not outcome.left_out:
            raise CommandError("nothing was imported: the files have no values")
        raise CommandError("\n".join([*outcome.report(), "nothing was imported"]))
    print(f"values: {outcome.count}")
    for line in outcome.report():
        print(f"left out: {line}")
    return 0


def _refusal(checked: ImportOutcome) -> Iterator[str]:
    yield from checked.report()
    if checked.left_out >= MOST_PROBLEMS:
        yield f"reading stopped after {checked.left_out} problems; there may be more"
    yield "nothing was imported; --keep-going imports the valid values"


def _delete(settings: Settings, options: argparse.Namespace) -> int:
    with _translated():
        every = list(_chosen(settings, options))
        _check_patterns(every)
        first, last = _wanted(options).period(settings.server.time_zone)
        with shown_progress("counting") as progress:
            counts = {
                place.system: chosen.counts(lambda share: progress.set("counting", share))
                for place, chosen in every
            }
    found = [count for one in counts.values() for count in one.values()]
    values = f"{sum(found)} values of {len(found)} elements"
    period = f"from {to_iso(first)} to {to_iso(last)}"
    if not found:
        raise CommandError(f"nothing was deleted: there are no such values {period}")
    print(f"{values} {period}", file=sys.stderr)
    if not options.yes:
        _confirm()
    deleted = 0
    with gateway(used_state(settings), settings) as ask, shown_progress("deleting"):
        for system, numbers in counts.items():
            periods = [(number, first, last) for number in numbers]
            if periods:
                answer = of_system(ask, system)("archive delete", {}, encode_body(periods))
                deleted += decode_count(answer.content)
    print(f"deleted {deleted} values")
    return 0


def _confirm() -> None:
    """Ask for confirmation.

    :raises CommandError: it is refused, or standard input is not a terminal.
    """
    if not sys.stdin.isatty():
        raise CommandError("nothing was deleted; --yes deletes without asking")
    print("delete them? [y/N] ", end="", file=sys.stderr, flush=True)
    if sys.stdin.readline().strip().lower() not in ("y", "yes"):
        raise CommandError("nothing was deleted")


def _compact(settings: Settings, options: argparse.Namespace) -> int:
    state = used_state(settings)
    _places_of(settings)
    with gateway(state, settings) as ask, shown_progress("compacting"):
        answer = ask("archive compact", {}, b"")
    print("\n".join(answer.lines))
    return 0


def _adopt(settings: Settings, options: argparse.Namespace) -> int:
    with _translated():
        print("\n".join(adopt_all(used_state(settings), settings)))
    return 0


def _repair(settings: Settings, options: argparse.Namespace) -> int:
    with _translated():
        lines = repair_all(used_state(settings), settings)
    print("\n".join(lines or ["no file is damaged"]))
    return 0


def _discard(settings: Settings, options: argparse.Namespace) -> int:
    with _translated():
        print("\n".join(discard_mismatched(used_state(settings), settings)))
    return 0


def _restore(settings: Settings, options: argparse.Namespace) -> int:
    source = Path(options.directory)
    check_backup(source, settings)
    state = new_or_used_state(settings, options)
    if not _is_chosen(options) and not is_running(state):
        with _translated(), shown_progress("restoring") as progress:
            kept = restore_all(source, state, settings, progress.set)
        print(f"restored; the former files are in {kept}")
        return 0
    outcomes = []
    with _translated(), shown_progress("reading") as progress:
        every = list(
            choose(archive_places(source, settings), _of_backup, settings, _wanted(options))
        )
        _check_patterns(every)
        with gateway(state, settings) as ask:
            for place, chosen in every:
                takes = of_system(ask, place.system)
                outcomes.append(restore_values(chosen, place.system, takes, progress.set))
    count = sum(one.count for one in outcomes)
    if not count and _is_chosen(options):
        reasons = [line for one in outcomes for line in one.report()]
        nothing = "nothing was restored" if reasons else "the backup has no such values"
        raise CommandError("\n".join([*reasons, nothing]))
    print(f"values: {count}")
    for line in (line for one in outcomes for line in one.report()):
        print(f"left out: {line}")
    if any(one.left_out for one in outcomes):
        print(
            "values that were left out are still in the backup: create the datapoints and "
            "restore them with --dps, or stop the gateway and restore the whole backup"
        )
    return 0


def _of_backup(place: ArchivePlace) -> Snapshot:
    return open_snapshot(place.archive, FileEngine())
