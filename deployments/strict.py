"""A YAML file of ours against its model: nothing unknown, every fault at once and with its line."""

import difflib
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import ErrorDetails

from mainstay.errors import BadInput
from mainstay.faults import Fault
from mainstay.installation import FROM_A_CLONE
from mainstay.yaml_document import Document, read_yaml


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, populate_by_name=True)


M = TypeVar("M", bound=Strict)


def read_document(file: Path) -> Document:
    if not file.is_file():
        raise BadInput(f"{file} is not there, so nothing was deployed. {FROM_A_CLONE}")
    document = read_yaml(file.read_text(), file.name)
    refuse(document.faults)
    return document


def parse(kind: type[M], document: Document) -> M:
    try:
        return kind.model_validate(document.value)
    except ValidationError as error:
        found = {_fault(detail, kind, document) for detail in error.errors(include_url=False)}
        raise BadInput("\n".join(map(str, sorted(found)))) from None


def plain(value: object) -> object:
    """Lists as JSON knows them."""
    if isinstance(value, dict):
        return {key: plain(each) for key, each in value.items()}
    return [plain(each) for each in value] if isinstance(value, tuple) else value


def refuse(faults: list[Fault]) -> None:
    if faults:
        raise BadInput("\n".join(map(str, sorted(faults))))


def _fault(detail: ErrorDetails, kind: type[Strict], document: Document) -> Fault:
    where, wrote = tuple(detail["loc"]), detail["input"]
    match detail["type"]:
        case "extra_forbidden":
            return document.fault(where, f"is not a known key; {_meant(str(where[-1]), kind)}")
        case "missing":
            return document.fault(where, "is missing; write it.")
        case "literal_error":
            return document.fault(where, f'must be {detail["ctx"]["expected"]}; you wrote "{wrote}".')
        case _:
            return document.fault(where, f'{detail["msg"].removeprefix("Value error, ")}; you wrote "{wrote}".')


def _meant(key: str, kind: type[Strict]) -> str:
    near = difflib.get_close_matches(key, sorted(_keys(kind)), n=1)
    return f'did you mean "{near[0]}"?' if near else "delete it."


def _keys(kind: type[BaseModel]) -> set[str]:
    """Every key the model knows, at any depth."""
    found: set[str] = set()
    for definition in (kind.model_json_schema(), *kind.model_json_schema().get("$defs", {}).values()):
        found.update(definition.get("properties", {}))
    return found
