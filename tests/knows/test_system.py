import pickle

import pytest

from mainstay.descriptor.parsing import parse_system
from mainstay.descriptor.placeholders import filled
from mainstay.descriptor.service import HttpService, WorkerService
from mainstay.descriptor.system import System
from mainstay.errors import BadDescriptor, BadInput

SIMPLE = """\
name: shop
source:
  repository: https://example.com/shop.git
  branches: {main: production}
services:
  web:
    start: [node, server.js]
    ports: {blue: 3001, green: 3002}
    health: /health
environments:
  production:
    hosts: {main: {address: local}}
    proxy: {kind: nginx, address: "http://127.0.0.1:80"}
"""

FASTPANEL = """\
name: storefront
source:
  repository: git@github.com:example/storefront.git
  branches: {develop: staging, main: production}
build:
  stages: {install: [npm, ci], test: [npm, test], build: [npm, run, build]}
services:
  web:
    runtime: pm2
    strategy: recreate
    start: [npm, start]
    ports: {blue: 3000}
    health: /api/health
    memory_megabytes: 1024
configuration: {NODE_ENV: production, DATABASE_URL: "env://DATABASE_URL_{environment}"}
environments:
  staging:
    hosts: {main: {address: "ssh://fastuser@203.0.113.7:22", key: env://FASTPANEL_SSH_KEY}}
    ports: {web: {blue: 3002}}
    approval: none
  production:
    hosts: {main: {address: "ssh://fastuser@203.0.113.7:22", key: env://FASTPANEL_SSH_KEY}}
    configuration: {NODE_OPTIONS: --max-old-space-size=768}
    backups: {full: nightly}
"""

DJANGO = """\
name: crm
contacts: {on-call: ops@example.com}
source:
  repository: git@github.com:example/crm.git
  branches: {main: production}
  key: file:///etc/mainstay/crm-key
build:
  stages: {lint: [ruff, check, .], test: [pytest, -q]}
  images:
    backend: {repository: registry.example.com/crm-backend, context: backend}
    frontend: {repository: registry.example.com/crm-frontend, context: frontend}
services:
  crm-backend:
    runtime: docker
    image: backend
    start: [gunicorn, "config.wsgi:application", -w, "4", -b, "0.0.0.0:8000"]
    ports: {blue: 8001, green: 8002}
    health: /api/health
    smoke: [{path: /api/clients, status: 401}]
  crm-frontend:
    runtime: docker
    image: frontend
    start: [node, server.js]
    ports: {blue: 3001, green: 3002}
    health: /
  celery:
    runtime: docker
    image: backend
    start: [celery, -A, config, worker]
    heartbeat: {argv: [celery, -A, config, inspect, ping], max_age_seconds: 120}
configuration:
  DJANGO_SETTINGS_MODULE: config.settings.prod
  DJANGO_SECRET_KEY: vault://crm/{environment}/django#secret_key
  SENTRY_DSN: ssm:///crm/{environment}/sentry-dsn
  ALLOWED_HOSTS: crm.example.com
  POSTGRES_HOST: 10.0.0.5
database:
  address: awssm://crm-{environment}-database
  migration:
    argv: [python, manage.py, migrate, --noinput]
    head: [python, manage.py, showmigrations, --plan]
  tenants: {each: schema, query: select schema_name from tenants}
redis: {address: block://secret/crm-redis}
buckets: {media: {address: s3://crm-media, login: {user: env://S3_KEY, password: env://S3_SECRET}}}
environments:
  production:
    hosts:
      web-1: {address: "ssh://deploy@10.0.0.11", runs: [crm-backend, crm-frontend]}
      web-2: {address: "ssh://deploy@10.0.0.12", runs: [crm-backend, crm-frontend]}
      jobs: {address: "ssh://deploy@10.0.0.13:2222", runs: [celery]}
    proxy: {kind: nginx, address: "http://127.0.0.1:80", public_url: "https://crm.example.com"}
    backups: {full: nightly, database: hourly, files: hourly, incremental: often}
    drills: {restore: weekly-drill, full: monthly-drill}
notices:
  webhooks: [env://TELEGRAM_GATEWAY, "https://alerts.example.com/mainstay"]
  mail: {to: [alerts@example.com], sender: m@example.com, server: env://MAIL_SERVER, login: {user: env://U, password: env://P}}
"""


def read(text: str) -> System:
    return parse_system(text, "systems/shop.yaml")


def http(system: System, service: str = "web") -> HttpService:
    found = system.services[service]
    assert isinstance(found, HttpService)
    return found


def test_a_simple_system_takes_fifteen_lines_at_most() -> None:
    assert len(SIMPLE.splitlines()) <= 15
    assert read(SIMPLE).name == "shop"


def test_what_is_not_said_is_the_careful_choice() -> None:
    system = read(SIMPLE)
    production = system.environments["production"]
    assert (http(system).strategy, http(system).runtime) == ("blue_green", "supervisor")
    assert production.approval == "required"
    assert (production.watch.longest_minutes, production.watch.minimum_errors, production.pool) == (60, 4, "main")
    assert production.hosts["main"].flags_directory == "{home}/flags/{system}/{environment}"
    rules = production.backups.keep
    assert (rules.hourly, rules.daily, rules.weekly, rules.monthly, rules.yearly) == (24, 7, 5, 12, 3)
    assert rules.all_for_hours == 48


def test_one_host_with_two_environments_can_be_described() -> None:
    system = read(FASTPANEL)
    staging, production = system.ports("staging", "web"), system.ports("production", "web")
    assert staging is not None and production is not None
    assert (staging.blue, production.blue, production.green) == (3002, 3000, None)
    assert system.source.branches == {"develop": "staging", "main": "production"}
    assert list(system.build.stages) == ["install", "test", "build"]


def test_django_with_celery_on_docker_and_three_machines_can_be_described() -> None:
    system = read(DJANGO)
    assert isinstance(system.services["celery"], WorkerService)
    assert http(system, "crm-backend").image == "backend"
    assert [name for name, host in system.environments["production"].hosts.items() if "celery" in host.runs] == ["jobs"]


def test_an_environment_adds_to_the_configuration_of_the_system() -> None:
    system = read(FASTPANEL.replace("{NODE_OPTIONS: --max", "{NODE_ENV: live, NODE_OPTIONS: --max"))
    assert system.variables("staging")["NODE_ENV"] == "production"
    assert system.variables("production")["NODE_ENV"] == "live"
    assert system.variables("production")["DATABASE_URL"] == "env://DATABASE_URL_{environment}"


def test_a_service_with_a_heartbeat_needs_no_ports() -> None:
    system = read(
        SIMPLE.replace("environments:", "  bot:\n    start: [bot]\n    heartbeat: {file: /run/bot}\nenvironments:")
    )
    assert isinstance(system.services["bot"], WorkerService)
    assert system.ports("production", "bot") is None


def test_words_stay_words() -> None:
    system = read(SIMPLE.replace("name: shop", "name: no\ncontacts: {on: 22:30, off: 2026-11-20, yes: 0x1f}"))
    assert system.name == "no"
    assert dict(system.contacts) == {"on": "22:30", "off": "2026-11-20", "yes": "0x1f"}


def test_a_system_is_never_changed_after_it_was_read() -> None:
    with pytest.raises(ValueError, match="frozen"):
        setattr(read(SIMPLE), "name", "other")  # noqa: B010  mypy knows it too


def test_a_placeholder_is_filled_once_and_never_left_open() -> None:
    flags = read(SIMPLE).environments["production"].hosts["main"].flags_directory
    assert (
        filled(flags, home="/h{system}", system="shop", environment="production") == "/h{system}/flags/shop/production"
    )
    assert filled('{"json": 1} $HOME', home="/h") == '{"json": 1} $HOME'
    with pytest.raises(KeyError, match="environment"):
        filled(flags, home="/h", system="shop")


def test_a_bad_descriptor_is_bad_input_and_survives_the_way_between_processes() -> None:
    with pytest.raises(BadInput) as caught:
        read(SIMPLE.replace("/health", "health").replace("kind: nginx", "kind: apache"))
    again = pickle.loads(pickle.dumps(caught.value))
    assert isinstance(again, BadDescriptor)
    assert len(again.faults) == 2
    assert str(again) == str(caught.value) == "\n".join(str(fault) for fault in again.faults)
