"""What supervisord is told of itself and of a program, what a release must hold for it, and what is seen of it.

A program's words, folder and secrets stand in files of its release, which the shell reads. So whatever a
descriptor holds, supervisord's own configuration names nothing but safe words and one path.
"""

import json
import math
import re
from collections.abc import Mapping

from mainstay.colors import COLORS
from mainstay.descriptor.service import Service
from mainstay.errors import BadInput
from mainstay.places import Places
from mainstay.release_files import ENVIRONMENT, begins, environment_file, marks
from mainstay.runtime import BEGINS, Name, Part, Running, State, read_name

RUNTIME = "supervisor"
FOLDERS = ("conf.d", "gates", "logs", "starts")  # in its own: configurations, gates, words, counts of starts
SOCKET = "socket"
MAIN = "supervisord.conf"
STATES: Mapping[int, State] = {  # supervisord's own numbers
    0: "stopped",
    10: "starting",
    20: "running",
    30: "failing",  # BACKOFF: it ended too soon, and is started again in a while
    40: "stopping",
    100: "failing",  # EXITED: it is started again at once
    200: "failing",  # FATAL
    1000: "failing",
}


def files(places: Places, host: str, release: str, variables: Mapping[str, str]) -> dict[str, str]:
    """What the folder of a release holds beside the application, so that supervisord can run it. It holds secrets."""
    found, services = {ENVIRONMENT: environment_file(variables)}, places.system.services
    for color in COLORS:
        for one in places.parts(host, color, release):
            if (running := services[one.name.service]).runtime == RUNTIME:
                found[start_name(one.name)] = start_file(one, running, places.home_on(host))
                found[configuration_name(one.name)] = configuration(one)
    return found


def start_name(name: Name) -> str:
    return f"{name.service}-{name.color}.start"


def configuration_name(name: Name) -> str:
    return f"{name.service}-{name.color}.conf"


def log_name(name: Name) -> str:
    """Below supervisord's own folder; all its processes write there."""
    return f"logs/{name}.log"


def start_file(one: Part, running: Service, home: str) -> str:
    """Run by sh in supervisord's folder. It becomes the program, so its process is the program's."""
    return "\n".join(
        (
            "#!/bin/sh",
            f"# {one.name}: written when release {one.release} was placed here.",
            f'printf . >>"starts/{one.name}.$MAINSTAY_INSTANCE" || true',
            "# To a file: at a pipe of supervisord's it would hang as soon as supervisord is gone.",
            f"if (umask 077 && true >>{log_name(one.name)}); then exec >>{log_name(one.name)} 2>&1 </dev/null",
            "else exec >/dev/null 2>&1 </dev/null; fi",
            f'echo "{BEGINS}$(date -u +%Y-%m-%dT%H:%M:%SZ) release {one.release} begins as process $$"',
            *begins(one, running, home),
            "",
        )
    )


def configuration(one: Part) -> str:
    """One program, which is started only when somebody says so."""
    said_of_it = {**marks(one), "MAINSTAY_INSTANCE": "%(process_num)d"}
    said = {
        "command": f"/bin/sh {_word(f'{one.folder}/{start_name(one.name)}')}",
        "process_name": "%(program_name)s.%(process_num)d",
        "numprocs": str(one.instances),
        "environment": ",".join(f'{name}="{value}"' for name, value in said_of_it.items()),
        "autostart": "false",  # after a boot only the live color starts, and supervisord does not know which that is
        "autorestart": "true",
        "startsecs": "1",
        "startretries": "1000000",  # it is never given up: what it needs may come back
        "umask": "022",  # whoever started us
        "stopsignal": "TERM",
        "stopwaitsecs": str(math.ceil(one.drain_seconds)),
        "stopasgroup": "true",
        "killasgroup": "true",
        "redirect_stderr": "true",
        "stdout_logfile": f"logs/{one.name}.before.log",  # what is said before its own log is open
        "stdout_logfile_maxbytes": "1MB",
        "stdout_logfile_backups": "1",
    }
    return f"[program:{one.name}]\n" + "".join(f"{key}={value}\n" for key, value in said.items())


def main_configuration(python: str, script: str) -> str:
    """Of supervisord itself. Whatever it names lies in its own folder, where it is started."""
    return f"""[supervisord]
nodaemon=true
nocleanup=true
logfile=/dev/null
logfile_maxbytes=0
pidfile=supervisord.pid
[unix_http_server]
file={SOCKET}
chmod=0600
[supervisorctl]
serverurl=unix://%(here)s/{SOCKET}
[rpcinterface:supervisor]
supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface
[include]
files=conf.d/*.conf
[program:boot]
command={" ".join(map(_word, (python, "-I", "-S", "-B", script)))} . boot
autorestart=unexpected
startsecs=0
redirect_stderr=true
stdout_logfile=logs/boot.log
stdout_logfile_maxbytes=1MB
stdout_logfile_backups=1
"""


def read_seen(text: str) -> tuple[Running, ...]:
    """What ``edge/supervised.py`` saw, as it says it."""
    return tuple(_running(json.loads(line)) for line in text.splitlines() if line)


def _running(said: Mapping[str, object]) -> Running:
    name = read_name(str(said["name"]))
    assert name is not None, f"{said['name']} is no program of ours"
    return Running(
        name=name,
        state=STATES[int(str(said["state"]))],
        pid=int(str(said["pid"])) or None,
        release=str(said["release"]) or None,
        restarts=int(str(said["restarts"])),
        why=str(said["why"]),
    )


def _word(text: str) -> str:
    """One word of a command line of supervisord's. Each strange character is quoted alone, because it takes
    "%" for its own and " ;" and " #" for the beginning of a comment, also between quotes."""
    if re.search(r"[\x00-\x1f\x7f]", text):
        raise BadInput(f"{text!a} holds a control character, which no configuration can hold. Choose another folder.")
    return "".join(_quoted(character) for character in text)


def _quoted(character: str) -> str:
    if re.fullmatch(r"[\w@+=:,./-]", character):
        return character
    return {"%": "'%%'", "'": '"\'"'}.get(character, f"'{character}'")
