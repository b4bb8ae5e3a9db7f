"""The steps of a proof: a set is restored where nobody sees it, and asked what its descriptor asks."""

from edge import clock, machine
from edge.backups import catalogue
from edge.backups.dumps.scratch import scratch_database
from edge.backups.opening import BadSet, Opened
from edge.backups.proofs import tries
from edge.backups.proofs.asking import ask
from edge.scratch import scratch
from edge.settings import read_settings
from edge.store import open_store
from edge.systems import read_system
from mainstay.backups.elsewhere.held import NOTHING_NAMED
from mainstay.backups.news import set_is_bad
from mainstay.backups.proofs.news import set_has_gaps, set_is_doubted, set_is_partly_proven
from mainstay.backups.proofs.proving import Try
from mainstay.backups.proofs.questions import Answers, Questions, questions
from mainstay.backups.restores import Restore
from mainstay.backups.sets import READ_BACK, RESTORED, Proof
from mainstay.store import Source
from tasks.backups.bringing import Brought, bring_database, bring_files, opened_for, record_bad, try_redis
from tasks.backups.cluster_restores import prove_cluster
from tasks.backups.elsewhere.clusters import prove_by_pgbackrest, tell_not_restored
from tasks.backups.tenants import try_tenants
from tasks.policies import once
from tasks.telling import asked_by, tell_all_of


@once("restoring {restore.id} for proof")
def prove_by_restoring(restore: Restore, source: Source = "first") -> Proof:
    """Level 3: brought back into a place and a database of its own, asked what the descriptor asks, and removed again.
    A store that is away, or a disk that is full, proves nothing either way. Level 2: what there is no program for here
    was read back, and no more.
    """
    settings, made = read_settings(), restore.sets[-1]
    asked, opened = questions(read_system(settings, made.system)), opened_for(restore, source)
    with tries.alone(settings.home):
        tries.note_try(opened.store, made.system, made.environment, _try(made.id))
        began = clock.monotonic()
        try:
            good, (brought, answers, of_cluster, unstarted) = True, _tried(restore, opened, asked)
            of_parts = f"restored: {brought}" if str(brought) != str(Brought()) or not of_cluster else ""
            named = prove_by_pgbackrest(made)
            sentence = "; ".join(filter(None, (of_parts, of_cluster, *answers.said, *named.told)))
        except BadSet as reason:
            good, brought, answers, unstarted, sentence = False, Brought(), Answers(), (), str(reason)
            named = NOTHING_NAMED
            if reason.set not in ("", made.id):
                record_bad(restore, reason, READ_BACK, source)
        numbers = {
            **{"seconds": round(clock.monotonic() - began, 3), "files": brought.files, "tables": brought.tables},
            **{"objects": brought.objects, **answers.numbers},
        }
        level = READ_BACK if unstarted else RESTORED
        proof = Proof(
            made.id, level, good, sentence, clock.now(), numbers, answers.gaps, answers.doubts, unstarted=unstarted
        )
        catalogue.record_proof(opened.store, made.system, made.environment, proof)
        if named.failed:
            tell_not_restored(made, named)
    return proof


@once("people hear what was found of {proof.set}")
def tell_found(system: str, environment: str, proof: Proof) -> None:
    """That it is bad, or that it is doubted; what one will miss of it, and which program is lacking here."""
    settings = read_settings()
    site, store = read_system(settings, system), open_store(settings)
    if not proof.good:
        tell_all_of(site, store, set_is_bad(system, environment, proof.set, proof.sentence))
    if proof.doubts:
        tell_all_of(site, store, set_is_doubted(system, environment, proof))
    if proof.unstarted:
        tell_all_of(site, store, set_is_partly_proven(system, environment, proof))
    if proof.gaps:
        tell_all_of(site, store, set_has_gaps(system, environment, proof))


def _try(id: str) -> Try:
    return Try(id, clock.now(), asked_by(), machine.name())


def _tried(restore: Restore, opened: Opened, asked: Questions) -> tuple[Brought, Answers, str, tuple[str, ...]]:
    """And what could not be started here. The files are gone when the database comes: a disk need hold only the larger
    of the two beside what is there.
    """
    with scratch(opened.home / "proofs", restore.id) as place:
        brought, laid_out = bring_files(restore, opened, place)
    brought, of_redis = try_redis(restore, opened, brought)
    answers = Answers()
    if restore.dump is not None:
        with scratch_database(opened.home) as address:
            brought = bring_database(restore, opened, address, brought)
            answers = ask(address, asked, laid_out)
            brought = try_tenants(restore, opened, address, brought)
    of_cluster, unstarted = prove_cluster(restore, opened)
    return brought, answers, of_cluster, (*of_redis, *unstarted)
