"""Runs every claim in rounds beside its peer, shows one table, and says which claims are held."""

import argparse
import json
import sys
import traceback
from collections.abc import Iterator, Sequence
from importlib import import_module
from pathlib import Path
from typing import Protocol, cast

from benchmarks.claim import FEWEST_ROUNDS, Claim, Row, Sample, failed, judge, not_measured, wording

HERE = Path(__file__).parent
NOT_BENCHMARKS = {"__init__", "__main__", "claim", "simulated_traffic"}


class Benchmark(Protocol):
    """What every file here offers: its claims, and rounds that measure us and the peer in turns."""

    CLAIMS: tuple[Claim, ...]

    def rounds(self, n: int) -> Iterator[dict[str, Sample]]: ...


def main(argv: Sequence[str]) -> int:
    asked = _asked(argv)
    benchmarks = _chosen(asked.only)
    if asked.list:
        print("\n".join(_line(claim) for benchmark in benchmarks for claim in benchmark.CLAIMS))
        return 0
    if asked.json:
        asked.json.open("a").close()  # a place that cannot be written is found now, not after the rounds
    rows = [row for benchmark in benchmarks for row in _measure(benchmark, asked.rounds, asked.only)]
    if asked.json:
        asked.json.write_text(json.dumps([row.to_json() for row in rows], indent=1, allow_nan=False) + "\n")
    print(_table(rows))
    return 1 if any(failed(row) for row in rows) else 0


def _asked(argv: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser("benchmarks", description=__doc__)
    parser.add_argument("--list", action="store_true", help="the claims, without measuring them")
    parser.add_argument("--only", action="append", metavar="NAME", help="this claim only; may be given again")
    parser.add_argument("--json", type=Path, metavar="FILE", help="every row with its raw samples")
    parser.add_argument("--rounds", type=int, default=FEWEST_ROUNDS, help=f"at least {FEWEST_ROUNDS}")
    asked = parser.parse_args(argv)
    if asked.rounds < FEWEST_ROUNDS:
        parser.error(f"--rounds: fewer than {FEWEST_ROUNDS} say nothing; you wrote {asked.rounds}")
    return asked


def _chosen(only: Sequence[str] | None) -> list[Benchmark]:
    names = sorted(path.stem for path in HERE.glob("*.py") if path.stem not in NOT_BENCHMARKS)
    every = [cast(Benchmark, import_module(f"benchmarks.{name}")) for name in names]
    known = {claim.name for benchmark in every for claim in benchmark.CLAIMS}
    if unknown := set(only or ()) - known:
        print(f"--only: no claim is called {', '.join(sorted(unknown))}; write one of {', '.join(sorted(known))}.")
        sys.exit(2)
    return [one for one in every if only is None or any(claim.name in only for claim in one.CLAIMS)]


def _measure(benchmark: Benchmark, rounds: int, only: Sequence[str] | None) -> list[Row]:
    claims = [claim for claim in benchmark.CLAIMS if only is None or claim.name in only]
    print(f"measuring {', '.join(dict.fromkeys(claim.name for claim in claims))} in {rounds} rounds", flush=True)
    try:
        measured = list(benchmark.rounds(rounds))
        return [judge(claim, [samples[claim.metric] for samples in measured]) for claim in claims]
    except Exception as reason:  # one that breaks must not hide the others: it becomes its rows' reason
        traceback.print_exc()
        return [not_measured(claim, f"it broke: {type(reason).__name__}: {reason}") for claim in claims]


def _line(claim: Claim) -> str:
    target = wording(claim.target) if claim.target else "no target"
    return f"{claim.name}: {claim.metric} [{claim.unit}], {target}, beside {claim.peer_name or 'nothing: absolute'}"


def _table(rows: Sequence[Row]) -> str:
    head = ("claim", "metric", "unit", "ours", "peer", "ratio", "target", "held")
    cells = [head, *(_cells(row) for row in rows)]
    widths = [max(len(line[column]) for line in cells) for column in range(len(head))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in cells]
    misses = [f"not held: {row.name}, {row.metric}: {row.reason}" for row in rows if not row.held]
    return "\n".join(["", *lines, *misses])


def _cells(row: Row) -> tuple[str, ...]:
    peer = f"{_figure(row.peer)} ({row.peer_name})" if row.peer_name else "-"
    target = wording(row.target) if row.target else "-"
    ratio = _figure(row.ratio)
    return row.name, row.metric, row.unit, _figure(row.ours), peer, ratio, target, "yes" if row.held else "NO"


def _figure(value: float | None) -> str:
    return "-" if value is None else f"{value:.4g}"


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        print("stopped: no figures were written")
        sys.exit(130)
