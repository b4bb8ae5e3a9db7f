from pathlib import Path

import pytest

from deployments.automations import read_automations
from deployments.bootstrap import AUTOMATIONS, MANIFEST
from deployments.manifest import read_manifest
from mainstay.errors import BadInput
from mainstay.platform import HEARTBEAT_SECONDS

GOOD = """\
prefect-version: 3.8.8
name: mainstay
pull: []
deployments:
  - name: main
    entrypoint: tests.stand_in_flows.maintenance
    description: What it does.
    tags: [change]
    parameters: {on: true}
    schedules:
      - slug: nightly
        cron: "0 2 * * *"
        timezone: "{{ $MAINSTAY_TIMEZONE }}"
        parameters: {system: shop}
    work_pool:
      name: main
      work_queue_name: urgent
"""


def faults(folder: Path, *changes: tuple[str, str]) -> list[str]:
    """What is said of the good file after these changes."""
    text = GOOD
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    (folder / "prefect.yaml").write_text(text)
    with pytest.raises(BadInput) as refused:
        read_manifest(folder / "prefect.yaml")
    return str(refused.value).splitlines()


def test_a_good_file_gives_deployments_with_their_flows(tmp_path: Path) -> None:
    (tmp_path / "prefect.yaml").write_text(GOOD)
    ((deployment, flow),) = read_manifest(tmp_path / "prefect.yaml")
    assert (flow.name, deployment.name, deployment.tags) == ("maintenance", "main", ("change",))


def test_unknown_keys_of_every_level_are_named_at_once(tmp_path: Path) -> None:
    said = faults(
        tmp_path,
        ("name: mainstay", "name: mainstay\ndefinitions: {a: 1}"),
        ("    tags: [change]", "    concurency_limit: 1\n    tags: [change]"),
        ("        cron:", "        max_scheduled_runs: 3\n        cron:"),
        ("      work_queue_name:", "      queue: a\n      work_queue_name:"),
    )
    assert [line.partition(" is not a known key")[0] for line in said] == [
        "prefect.yaml:3: definitions:",
        "prefect.yaml:9: deployments[0].concurency_limit:",
        "prefect.yaml:14: deployments[0].schedules[0].max_scheduled_runs:",
        "prefect.yaml:20: deployments[0].work_pool.queue:",
    ]


def test_a_near_miss_is_answered_with_the_word_that_was_meant(tmp_path: Path) -> None:
    (said,) = faults(tmp_path, ("    tags:", "    tagz:"))
    assert said == 'prefect.yaml:8: deployments[0].tagz: is not a known key; did you mean "tags"?'


def test_a_key_written_twice_is_a_fault(tmp_path: Path) -> None:
    (said,) = faults(tmp_path, ("name: mainstay", "name: mainstay\nname: mainstay"))
    assert "prefect.yaml:3: name: is written twice" in said


def test_a_parameter_that_the_flow_has_not_is_a_fault(tmp_path: Path) -> None:
    (said,) = faults(tmp_path, ("{on: true}", "{onn: true}"))
    assert said == "prefect.yaml:9: deployments[0].parameters.onn: is no parameter of maintenance; it has system, on."


def test_a_parameter_of_the_wrong_kind_is_a_fault_in_a_schedule_too(tmp_path: Path) -> None:
    (said,) = faults(tmp_path, ("{system: shop}", "{system: [shop]}"))
    assert said.startswith("prefect.yaml:14: deployments[0].schedules[0].parameters.system: ")


@pytest.mark.parametrize(
    "entrypoint",
    ["tests.stand_in_flows.nothing", "tests.nowhere.maintenance", "tests.stand_in_flows.no_flow", "flows/x.py:deploy"],
)
def test_an_entrypoint_that_is_no_flow_of_the_package_is_a_fault(tmp_path: Path, entrypoint: str) -> None:
    (said,) = faults(tmp_path, ("tests.stand_in_flows.maintenance", entrypoint))
    assert said.startswith("prefect.yaml:6: deployments[0].entrypoint: ") and entrypoint in said


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        ("      name: main", "      name: docker", "deployments[0].work_pool.name"),
        ("work_queue_name: urgent", "work_queue_name: soon", "deployments[0].work_pool.work_queue_name"),
        ("  - name: main", "  - name: other", "deployments[0].name"),
        ('"0 2 * * *"', '"0 2 * *"', "deployments[0].schedules[0].cron"),
        ('"{{ $MAINSTAY_TIMEZONE }}"', "Berlin", "deployments[0].schedules[0].timezone"),
        ("3.8.8", "3.9.1", "prefect-version"),
        ("pull: []", "pull: null", "pull"),
        ("      - slug: nightly\n        cron", "      - cron", "deployments[0].schedules[0].slug"),
        ('        timezone: "{{ $MAINSTAY_TIMEZONE }}"\n', "", "deployments[0].schedules[0].timezone"),
    ],
)
def test_what_prefect_would_take_and_not_do_is_a_fault(tmp_path: Path, old: str, new: str, place: str) -> None:
    assert any(f": {place}: " in line for line in faults(tmp_path, (old, new)))


def test_a_flow_deployed_twice_is_a_fault(tmp_path: Path) -> None:
    whole = GOOD[GOOD.index("  - name: main") :]
    (said,) = faults(tmp_path, (whole, whole + whole))
    assert "deployments[1].entrypoint: tests.stand_in_flows.maintenance is deployed twice" in said


def test_a_missing_file_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="is not there, so nothing was deployed"):
        read_manifest(tmp_path / "prefect.yaml")


def test_the_shipped_automations_are_good() -> None:
    badly, silent = read_automations(AUTOMATIONS, {"undo/main"})
    for each in (badly, silent):
        assert each.actions[0].parameters == {"run": "{{ flow_run.id|string }}"}
        assert each.trigger.match_related["prefect.resource.id"] == ("prefect.tag.change",)


def test_a_silence_is_three_heartbeats_long() -> None:
    _, silent = read_automations(AUTOMATIONS, {"undo/main"})
    assert silent.trigger.within_seconds == 3 * HEARTBEAT_SECONDS


def test_a_form_that_asks_whether_it_is_urgent_says_which_queue_to_choose() -> None:
    """Prefect's form cannot do it by itself."""
    asks = {
        flow.name: flow.parameters.properties["urgent"]["description"]
        for declared, flow in read_manifest(MANIFEST)
        if "urgent" in flow.parameters.properties and declared.work_pool.work_queue_name != "urgent"
    }
    assert [name for name, says in asks.items() if 'work queue "urgent"' in says] == list(asks) == ["deploy"]


def test_what_keeps_sets_takes_no_place_of_a_deploy_or_a_backup_and_a_restore_waits_for_nobody() -> None:
    queues = {flow.name: declared.work_pool.work_queue_name for declared, flow in read_manifest(MANIFEST)}
    assert {name for name, queue in queues.items() if queue == "keeping"} == {"copy", "protect", "prove", "prune"}
    assert (queues["restore"], queues["backup"], queues["deploy"]) == ("urgent", "routine", "routine")


def test_whatever_undoes_is_no_change_that_an_automation_would_undo() -> None:
    tags = {flow.name: declared.tags for declared, flow in read_manifest(MANIFEST)}
    assert {name for name, each in tags.items() if "change" in each} == {"maintenance", "deploy", "rollback", "retire"}
    assert {"undo", "approve"} <= tags.keys()


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("{{ flow_run.id|string }}", "{{ flow_run.id }}", "an id alone starts nothing"),
        ("posture: Reactive", "postur: Reactive", 'is not a known key; did you mean "posture"?'),
        ("undo/main", "undoo/main", '"undoo/main" is not declared'),
        ("type: run-deployment", "type: run-deploymnt", "must be 'run-deployment'"),
        ("within_seconds: 90", "within_seconds: 9", "nothing can be missed so soon; write 10 or more"),
        ("      within_seconds: 90", "", "nothing can be missed so soon; write 10 or more"),
        ("posture: Proactive", "posture: Procative", "must be 'Reactive' or 'Proactive'"),
    ],
)
def test_an_automation_that_would_silently_do_nothing_is_refused(tmp_path: Path, old: str, new: str, says: str) -> None:
    (tmp_path / "automations.yaml").write_text(AUTOMATIONS.read_text().replace(old, new))
    with pytest.raises(BadInput) as refused:
        read_automations(tmp_path / "automations.yaml", {"undo/main"})
    assert says in str(refused.value) and str(refused.value).startswith("automations.yaml:")
