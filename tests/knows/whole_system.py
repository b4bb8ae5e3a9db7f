"""A descriptor with something of everything, to be spoiled place by place."""

from mainstay.faults import Path
from mainstay.yaml_document import Value

GOOD = """\
name: shop
source:
  repository: https://example.com/shop.git
  branches: {main: production}
build:
  stages:
    test: [npm, test]
  images:
    bot: {repository: registry.example.com/bot, login: {user: env://U, password: env://P}}
services:
  web:
    start: [node, server.js]
    ports:
      blue: 3001
      green: 3002
    health: /health
    smoke:
      - {path: /login, status: 200, contains: Password}
  bot:
    runtime: docker
    image: bot
    start: [node, bot.js]
    heartbeat: {argv: [node, alive.js], max_age_seconds: 20}
configuration: {TITLE: Shop}
database:
  address: env://SHOP_DATABASE
  migration: {argv: [npm, run, migrate], kind: expand, lock_timeout_seconds: 3}
  tenants: {each: schema, query: select 1}
redis: {address: env://SHOP_REDIS}
buckets: {papers: {address: s3://shop, endpoint: "https://s3.example.com"}}
files: {uploads: {path: /srv/shop, excludes: ["*.tmp"]}}
environments:
  production:
    hosts: {main: {address: "ssh://deploy@shop.example.com", key: env://KEY, runs: [web, bot]}}
    proxy: {kind: nginx, address: "http://127.0.0.1:80", access_log: /var/log/shop.log}
    ports: {web: {blue: 4001, green: 4002}}
    configuration: {TITLE: Shop}
    approval: none
    watch: {longest_minutes: 30, latency_factor: 2, minimum_errors: 5}
    backups: {full: nightly, database: hourly}
    drills: {restore: daily-drill}
notices:
  language: ru
  webhooks: [env://HOOK]
  mail: {to: [ops@example.com], sender: m@example.com, server: "mail.example.com:587"}
"""

ONLY_A_BOT = """\
name: shop
source: {repository: https://example.com/shop.git, branches: {main: production}}
services:
  bot: {start: [node, bot.js], heartbeat: {argv: [node, alive.js]}}
environments:
  production: {hosts: {main: {address: local}}}
"""

ABSENT: Value = "take this key away"


def changed(value: Value, path: Path, new: Value) -> Value:
    """The same document with another value at one place."""
    if not path:
        return new
    first, rest = path[0], path[1:]
    if isinstance(value, tuple) and isinstance(first, int):
        return (*value[:first], changed(value[first], rest, new), *value[first + 1 :])
    assert isinstance(value, dict) and isinstance(first, str)
    if not rest and new is ABSENT:
        return {key: inner for key, inner in value.items() if key != first}
    return {**value, first: changed(value[first], rest, new)}
