"""A descriptor's text becomes a System, or a list of everything that is wrong with it."""

from collections.abc import Iterator, Mapping
from pathlib import PurePath

from pydantic import ValidationError

from mainstay.descriptor.model_faults import faults_of
from mainstay.descriptor.rules_databases import database_rules
from mainstay.descriptor.rules_environments import environment_rules
from mainstay.descriptor.rules_ports import clashes, listeners, port_rules, say_clash
from mainstay.descriptor.rules_services import service_rules
from mainstay.descriptor.rules_texts import text_rules
from mainstay.descriptor.system import System
from mainstay.descriptor.written import Written
from mainstay.errors import BadDescriptor
from mainstay.faults import Fault
from mainstay.yaml_document import Document, read_yaml

RULES = (text_rules, service_rules, port_rules, database_rules, environment_rules)


def parse_system(text: str, file: str, *, called: str | None = None) -> System:
    """The system, if nothing is wrong; else all that is wrong, in the order of the lines."""
    system, faults = judge(read_yaml(text, file), called)
    if system is None or faults:
        raise BadDescriptor(faults)
    return system


def faults_in(text: str, file: str, *, called: str | None = None) -> list[Fault]:
    """All that is wrong with it; nothing, if it can be used (and its name is what the file is called)."""
    return judge(read_yaml(text, file), called)[1]


def judge(document: Document, called: str | None = None) -> tuple[System | None, list[Fault]]:
    """What was read, as a system if it can be one, and everything that is wrong with it."""
    if not isinstance(document.value, Mapping):
        return None, document.faults
    ours = [*document.faults, *_broken_rules(document), *_misnamed(document, called)]
    try:
        return System.model_validate(document.value), _in_order(ours)
    except ValidationError as error:
        spoken = {(fault.line, fault.path) for fault in ours}  # where we know more, pydantic need not repeat it
        theirs = [fault for fault in faults_of(error, document) if (fault.line, fault.path) not in spoken]
        return None, _in_order([*ours, *theirs])


def faults_between(texts: Mapping[str, str]) -> list[Fault]:
    """What is wrong only because these files stand side by side: ports that two systems want."""
    documents = [read_yaml(text, file) for file, text in sorted(texts.items())]
    by_name = {PurePath(document.file).stem: document for document in documents}  # a file is called like its system
    wanted = [one for name, document in by_name.items() for one in listeners(Written(document.value), name)]
    return [
        by_name[late.system].fault(late.port.path, say_clash(first, late))
        for first, late in clashes(wanted)
        if first.system != late.system
    ]


def _broken_rules(document: Document) -> Iterator[Fault]:
    for rule in RULES:
        yield from (document.fault(path, sentence) for path, sentence in rule(Written(document.value)))


def _misnamed(document: Document, called: str | None) -> Iterator[Fault]:
    name = Written(document.value)["name"]
    if called is not None and name.text not in (called, None):
        sentence = f'is not what the file is called. Write name: {called}, or rename the file to "{name.text}.yaml".'
        yield document.fault(name.path, sentence)


def _in_order(faults: list[Fault]) -> list[Fault]:
    return sorted(set(faults))
