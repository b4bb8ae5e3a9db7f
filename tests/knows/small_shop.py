"""A descriptor with a web service and a bot in two environments, in which words are changed one by one."""

from mainstay.descriptor.parsing import parse_system
from mainstay.descriptor.system import System

SHOP = """\
name: shop
source: {repository: https://example.com/shop.git, branches: {main: production}}
build:
  stages: {test: [npm, test], pack: [npm, run, build]}
  artifact: [dist]
services:
  web:
    start: [node, server.js, "{port}"]
    ports: {blue: 3001, green: 3002}
    health: /health
  bot: {start: [node, bot.js], heartbeat: {file: /run/bot}}
configuration: {TITLE: Shop, KEY: "env://KEY"}
environments:
  staging:
    hosts: {main: {address: local}}
    proxy: {kind: caddy, address: "http://127.0.0.1:81"}
    ports: {web: {blue: 4001, green: 4002}}
  production:
    hosts: {main: {address: local}}
    proxy: {kind: caddy, address: "http://127.0.0.1:80"}
"""


def shop(old: str = "", new: str = "") -> System:
    assert old in SHOP
    return parse_system(SHOP.replace(old, new), "shop.yaml")
