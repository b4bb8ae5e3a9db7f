"""What is right alone may be wrong together."""
# ruff: noqa: E501  a message is compared whole

import pytest

from mainstay.descriptor.parsing import faults_between, faults_in

GOOD = """\
name: shop
source:
  repository: https://example.com/shop.git
  branches: {develop: staging, main: production}
services:
  web:
    start: [node, server.js, "{port}"]
    ports: {blue: 3001, green: 3002}
    health: /health
  worker:
    start: [node, worker.js]
    heartbeat: {file: "{home}/{color}.alive"}
database:
  address: env://SHOP_{environment}
files:
  uploads: {path: "/srv/{environment}"}
environments:
  staging:
    hosts: {main: {address: local}}
    proxy: {kind: nginx, address: "http://127.0.0.1:81"}
    ports: {web: {blue: 3003, green: 3004}}
  production:
    hosts: {main: {address: local}}
    proxy: {kind: nginx, address: "http://127.0.0.1:80"}
    backups: {full: nightly}
"""


def says(text: str) -> list[str]:
    return [str(fault).removeprefix("systems/shop.yaml:") for fault in faults_in(text, "systems/shop.yaml")]


def test_the_good_one_is_good() -> None:
    assert says(GOOD) == []


@pytest.mark.parametrize(
    ("good", "bad", "expected"),
    [
        ("main: production", "main: prod", '4: source.branches.main: names no environment of this file (staging, production); you wrote "prod". Write "production".'),
        ("blue: 3001, green: 3002", "blue: 3001, green: 3001", "8: services.web.ports.green: is the port of blue too, and both colors run at once. Write 3002."),
        ("blue: 3001, green: 3002", "blue: 3001", "8: services.web.ports: has one port, but blue_green runs two colors at once. Write green: 3002 below it."),
        ("    health: /health", "    health: /health\n    strategy: rolling", "8: services.web.ports.green: is never used: rolling has only blue. Delete it, or write strategy: blue_green."),
        ("    ports: {web: {blue: 3003, green: 3004}}", "", "8: services.web.ports.blue: is wanted by shop staging web and shop production web on one machine. Write other ports as environments.production.ports.web."),
        ("blue: 3003, green: 3004", "blue: 3003, green: 3001", "8: services.web.ports.blue: is wanted by shop staging web and shop production web on one machine. Write a free one."),
        ("    ports: {web: {blue", "    ports: {wbe: {blue", '21: environments.staging.ports.wbe: names no service of this file (web, worker); you wrote "wbe". Write "web".'),
        ("    ports: {web: {blue", "    ports: {worker: {blue", "21: environments.staging.ports.worker: names a service without HTTP, which listens nowhere. Delete it."),
        ('    proxy: {kind: nginx, address: "http://127.0.0.1:81"}\n', "", '18: environments.staging.proxy: is missing: web is blue_green, and a proxy moves the traffic. Write proxy: {"kind": "caddy", "address": "http://127.0.0.1:8100"}.'),
        ("nginx, address: \"http://127.0.0.1:81\"", "nginx, address: \"http://h:81\", preview_url: \"http://h:81\"", "20: environments.staging.proxy.preview_url: shows the live color, so nothing new could be tested. Write another, or none."),
        ("127.0.0.1:81", "127.0.0.1:3003", "20: environments.staging.proxy.address: has the port of web in staging. Write the proxy's own."),
        ("127.0.0.1:81", "127.0.0.1:80", "24: environments.production.proxy.address: shows staging already. Write another address, or a public_url for each."),
        ('127.0.0.1:81"', '127.0.0.1:80", public_url: "https://staging.example.com"', None),
        ("{address: local}", "{address: local, runs: [web]}", "19: environments.staging.hosts: run no worker; every host names others. Write worker in the runs of one."),
        ("{address: local}", "{address: local, runs: [web, worker, wokrer]}", '19: environments.staging.hosts.main.runs[2]: names no service of this file (web, worker); you wrote "wokrer". Write "worker".'),
        ("{main: {address: local}}", "{main: {address: local}, two: {address: local}}", "19: environments.staging.hosts.two.address: is the machine of main too. Delete one of the two hosts."),
        ("{address: local}", "{address: local, flags_directory: /flags}", "23: environments.production.hosts.main.flags_directory: is the folder of staging too. Write one with {environment} in its path."),
        ("SHOP_{environment}", "SHOP", "14: database.address: is the same for staging and production. Write {environment} in it, so that each has its own."),
        ("/srv/{environment}", "/srv/shop", "16: files.uploads.path: is the same for staging and production. Write {environment} in it, so that each has its own."),
        ("SHOP_{environment}", "SHOP_{enviroment}", "14: database.address: nobody fills {enviroment} here; known are {home}, {system}, {environment}. Write {environment}."),
        ("worker.js]", 'worker.js, "{port}"]', "11: services.worker.start: is filled with no {port}: this service does not listen. Write it without."),
        ('{file: "{home}/{color}.alive"}', "{file: /a, argv: [b]}", "12: services.worker.heartbeat: has both a file and an argv, and exactly one says whether it lives. Write file: /path/it/touches."),
        ('{file: "{home}/{color}.alive"}', "{}", "12: services.worker.heartbeat: has neither a file nor an argv, and exactly one says whether it lives. Write file: /path/it/touches."),
        ("    health: /health", "    health: /health\n    heartbeat: {file: /a}", "10: services.web.heartbeat: is for a service without HTTP, but this one has ports and health. Delete one or other."),
        ("    start: [node, worker.js]", "    start: [node, worker.js]\n    runtime: docker", "10: services.worker.image: is missing: docker runs an image of build.images. Write image: web."),
        ("    start: [node, worker.js]", "    start: [node, worker.js]\n    image: web", "12: services.worker.image: is used by docker only. Write runtime: docker, or delete it."),
        ("{full: nightly}", "{incremental: often}", "25: environments.production.backups.incremental: needs a full set to build on. Write full: nightly beside it."),
        ("{full: nightly}", "{keep: {daily: 3}}", "25: environments.production.backups.keep: has nothing to keep: no slot takes a set. Write full: nightly beside it."),
        ("{full: nightly}", "{full: nightly, keep: {daily: 3, yearly: 0}}", None),
        ("{full: nightly}", "{keep: {daily: 3}}\n    drills: {restore: daily-drill}", "26: environments.production.drills.restore: has no set to restore. Write backups: {full: nightly}, or delete the drill."),
        ("database:\n  address: env://SHOP_{environment}\n", "", None),
        ("{full: nightly}", "{full: nightly}\n    drills: {restore: daily-drill}", None),
        ("    backups: {full: nightly}", "    drills: {restore: daily-drill}", "25: environments.production.drills.restore: has no set to restore. Write backups: {full: nightly}, or delete the drill."),
        ("    backups: {full: nightly}", "    watch: {longest_minutes: 1}", "25: environments.production.watch.longest_minutes: makes the longest watch (1 min) shorter than the shortest (120 s). Write longest_minutes: 2 or more."),
        ("database:", "configuration: {API_TOKEN: abc}\ndatabase:", "13: configuration.API_TOKEN: is called like a secret but is no reference; write env://API_TOKEN or file:///path."),
        ("database:", "configuration: {API_TOKEN: env://X, TOKEN_TTL: abc, SECRET: ''}\ndatabase:", None),
    ],
)  # fmt: skip
def test_a_rule_says_what_does_not_fit_and_what_to_write(good: str, bad: str, expected: str | None) -> None:
    assert good in GOOD
    found = says(GOOD.replace(good, bad))
    assert expected in found if expected else found == []


def test_a_database_backup_without_a_database_is_a_fault() -> None:
    without = GOOD.replace("database:\n  address: env://SHOP_{environment}\n", "")
    (fault,) = says(without.replace("full: nightly", "full: nightly, database: hourly"))
    assert "has nothing to save: the system has no database" in fault


def test_two_pools_may_resolve_one_reference_each_in_its_own_way() -> None:
    text = GOOD.replace("SHOP_{environment}", "SHOP").replace("    backups:", "    pool: beside\n    backups:")
    assert says(text) == []


def test_two_systems_may_not_want_one_port() -> None:
    other = GOOD.replace("name: shop", "name: cafe").replace("3003", "4003").replace("3004", "4004")
    found = [str(fault) for fault in faults_between({"shop.yaml": GOOD, "cafe.yaml": other})]
    assert found == [
        "shop.yaml:8: services.web.ports.blue: is wanted by cafe production web and shop production web on one "
        "machine. Write a free one.",
        "shop.yaml:8: services.web.ports.green: is wanted by cafe production web and shop production web on one "
        "machine. Write a free one.",
    ]


def test_systems_on_different_machines_may_have_the_same_ports() -> None:
    other = GOOD.replace("name: shop", "name: cafe").replace("local", '"ssh://deploy@cafe.example.com"')
    assert faults_between({"shop.yaml": GOOD, "cafe.yaml": other}) == []


def test_files_with_other_faults_are_still_compared() -> None:
    broken = GOOD.replace("name: shop", "name: [5]").replace("health: /health", "health: 5")
    found = [
        fault.file for fault in faults_between({"shop.yaml": GOOD, "x.yaml": broken, "y.yaml": "a: [", "z.yaml": ""})
    ]
    assert set(found) == {"x.yaml"}


def test_rules_are_judged_although_other_things_are_wrong() -> None:
    found = says(GOOD.replace("main: production", "main: prod").replace("health: /health", "health: 5\n    zzz: 1"))
    assert [fault.split(": ")[1] for fault in found] == [
        "source.branches.main",
        "services.web.health",
        "services.web.zzz",
    ]
