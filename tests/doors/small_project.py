"""A project that is installed in seconds: the real make.py and workshop, one package made on the spot, no network."""

import shutil
import sys
import zipfile
from hashlib import sha256
from pathlib import Path

from edge.processes import Output, run

ROOT = Path(__file__).parents[2]
PYPROJECT = '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'
BACKEND = """
import pathlib, zipfile
def build_editable(folder, settings=None, metadata=None):
    name = "mainstay-0.1.0-py3-none-any.whl"
    with zipfile.ZipFile(pathlib.Path(folder, name), "w") as wheel:
        wheel.writestr("mainstay.pth", str(pathlib.Path.cwd()))
        for file, text in METADATA.items():
            wheel.writestr(f"mainstay-0.1.0.dist-info/{file}", text)
    return name
METADATA = {
    "METADATA": "Metadata-Version: 2.1\\nName: mainstay\\nVersion: 0.1.0\\n",
    "WHEEL": "Wheel-Version: 1.0\\nGenerator: by hand\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n",
    "RECORD": "",
}
"""
BENCHMARKS = """
import pathlib, sys, time
import alpha
print("alpha", alpha.VALUE, "in", sys.prefix, "asked", sys.argv[1:], flush=True)
while pathlib.Path("hold").exists():
    time.sleep(0.05)
sys.exit(7 if "--fail" in sys.argv else 0)
"""


class SmallProject:
    def __init__(self, root: Path) -> None:
        self.root = root
        for name in ("wheels", "benchmarks"):
            (root / name).mkdir(parents=True)
        shutil.copytree(ROOT / "workshop", root / "workshop", ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copy(ROOT / "make.py", root)
        (root / "pyproject.toml").write_text(PYPROJECT)
        (root / "backend.py").write_text(BACKEND)
        (root / "benchmarks" / "__main__.py").write_text(BENCHMARKS)
        self.lock("1.0")

    def lock(self, version: str) -> None:
        """The lock now names this version of the one package, and the folder of wheels has it."""
        wheel = self.root / "wheels" / f"alpha-{version}-py3-none-any.whl"
        words = {
            "alpha.py": f"VALUE = '{version}'\n",
            f"alpha-{version}.dist-info/METADATA": f"Metadata-Version: 2.1\nName: alpha\nVersion: {version}\n",
            f"alpha-{version}.dist-info/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
            f"alpha-{version}.dist-info/RECORD": f"alpha.py,,\nalpha-{version}.dist-info/RECORD,,\n",
        }
        with zipfile.ZipFile(wheel, "w") as archive:
            for name, text in words.items():
                archive.writestr(name, text)
        digest = sha256(wheel.read_bytes()).hexdigest()
        for name in ("requirements-dev.lock", "requirements.lock"):
            (self.root / name).write_text(f"alpha=={version} \\\n    --hash=sha256:{digest}\n")

    @property
    def environment(self) -> dict[str, str]:
        return {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(self.root / "wheels"), "PIP_CONFIG_FILE": "/dev/null"}

    @property
    def argv(self) -> list[str]:
        return [sys.executable, str(self.root / "make.py"), "bench"]

    @property
    def alpha(self) -> Path:
        """Where the package lies when it is installed."""
        version = f"python{sys.version_info[0]}.{sys.version_info[1]}"
        return self.root / ".venv" / "lib" / version / "site-packages" / "alpha.py"

    def make(self, *words: str) -> Output:
        return run([*self.argv, *words], environment=self.environment, deadline_seconds=240)
