from pathlib import Path

from mainstay.installation import Cluster, Installation, Owner, Ports, version_faults
from mainstay.platform import client_environment, programs, run_environment
from mainstay.programs import Program

PASSWORD = "the-database-password"
LOGIN = "mainstay:the-login-password"

OURS = Cluster(Path("/pg/bin"), Path("/pg/data"), Owner(999, 998), "mainstay", PASSWORD)


def installed(cluster: Cluster | None = OURS) -> Installation:
    return Installation(
        home=Path("/srv/mainstay"),
        python="/srv/venv/bin/python",
        machine="host1",
        ports=Ports(database=20001, server=20002, gateway=20003),
        login=LOGIN,
        database=f"postgresql+asyncpg://mainstay:{PASSWORD}@127.0.0.1:20001/postgres",
        cluster=cluster,
        words=(("MAINSTAY_HOME", "/srv/mainstay"), ("MAINSTAY_STORE", "/srv/mainstay/store")),
    )


def named(name: str, cluster: Cluster | None = OURS) -> Program:
    return next(program for program in programs(installed(cluster)) if program.name == name)


def test_every_program_comes_after_what_it_needs() -> None:
    seen: set[str] = set()
    for program in programs(installed()):
        assert set(program.needs) <= seen
        seen.add(program.name)
    assert seen == {"database", "server", "worker", "gateway"}


def test_a_named_database_is_nobody_s_program_and_nobody_waits_for_it() -> None:
    assert [program.name for program in programs(installed(None))] == ["server", "worker", "gateway"]
    assert named("server", None).needs == ()


def test_no_secret_stands_in_an_argv_or_is_shown() -> None:
    shown = repr(installed()) + repr(programs(installed()))
    argv = " ".join(word for program in programs(installed()) for word in program.argv)
    assert PASSWORD not in shown + argv
    assert LOGIN.partition(":")[2] not in shown + argv


def test_what_the_server_stores_about_runs_holds_no_secret() -> None:
    words = " ".join(run_environment(installed()).values())
    assert PASSWORD not in words and LOGIN not in words


def test_only_the_server_is_told_where_its_database_is() -> None:
    told = [program.name for program in programs(installed()) if PASSWORD in str(program.environment)]
    assert told == ["server"]


def test_the_database_is_reached_on_loopback_only_and_loses_nothing() -> None:
    argv = named("database").argv
    assert {"listen_addresses=127.0.0.1", "unix_socket_directories=", "fsync=on"} <= set(argv)
    assert {"synchronous_commit=on", "full_page_writes=on"} <= set(argv)


def test_the_database_never_runs_as_root() -> None:
    argv = named("database").argv
    assert argv.index("--reuid=999") < argv.index("/pg/bin/postgres")
    in_place = Cluster(Path("/pg/bin"), Path("/pg/data"), None, "mainstay", PASSWORD)
    assert "setpriv" not in named("database", in_place).argv


def test_the_database_is_stopped_by_its_fast_shutdown() -> None:
    assert named("database").stop_signal == "INT"


def test_leases_outlive_the_server() -> None:
    words = dict(named("server").environment)
    assert words["PREFECT_SERVER_CONCURRENCY_LEASE_STORAGE"].endswith(".filesystem")


def test_the_server_asks_for_the_login_that_its_clients_bring() -> None:
    asked = dict(named("server").environment)["PREFECT_SERVER_API_AUTH_STRING"]
    assert client_environment(installed())["PREFECT_API_AUTH_STRING"] == asked == LOGIN
    assert dict(named("worker").environment)["PREFECT_API_AUTH_STRING"] == LOGIN


def test_a_worker_is_not_ended_because_the_server_is_gone() -> None:
    assert named("worker").ready is None


def test_the_set_that_works_together_has_no_fault() -> None:
    assert version_faults({"prefect": "3.8.8", "fastapi": "0.150.9", "sqlalchemy": "2.0.58"}) == ()


def test_another_prefect_and_what_is_too_new_for_it_are_named() -> None:
    faults = version_faults({"prefect": "3.9.1", "fastapi": "0.151.0", "sqlalchemy": "2.1.9"})
    assert faults == (
        "prefect must be 3.8.8; 3.9.1 is installed",
        "fastapi must be older than 0.151; 0.151.0 is installed",
        "sqlalchemy must be older than 2.1; 2.1.9 is installed",
    )


def test_a_package_that_is_missing_is_named() -> None:
    found = version_faults({"prefect": "3.8.8", "sqlalchemy": "2.0.58"})
    assert found == ("fastapi must be older than 0.151; none is installed",)
