"""Install what the tests of this machine lack: Debian's packages, as root, and npm's. Say what will be left out.

Exits with 0 also when something is still missing: only the tests know whether it is required.
"""

from __future__ import annotations

import os
import subprocess

from tests.provision.parts import ON_REQUEST, PARTS, required
from tests.provision.programs import program

# Another apt may be at work on the machine, as on one that has only just booted.
APT = ("apt-get", "--quiet=2", "--option", "DPkg::Lock::Timeout=600", "--option", "Acquire::Retries=3")


def main() -> None:
    wanted = [part for part in PARTS.values() if part.name not in ON_REQUEST or part.name in required(os.environ)]
    packages = sorted({package for part in wanted if part.missing() for package in part.packages})
    if packages and os.geteuid() == 0 and program("apt-get"):
        install(packages)
    for part in wanted:
        if part.install is not None and part.missing():
            part.install()
        if sentence := part.missing():
            print(f"left out: {sentence}")


def install(packages: list[str]) -> None:
    """Install those of `packages` that this release of Debian knows. A failure is printed, not raised."""
    env = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    print(f"installing Debian's packages: {' '.join(packages)}", flush=True)
    subprocess.run([*APT, "update"], env=env, stdin=subprocess.DEVNULL, check=False)
    known = [name for name in packages if _is_known(name)]
    subprocess.run(
        [*APT, "install", "--yes", "--no-install-recommends", *known],
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        check=False,
    )


def _is_known(package: str) -> bool:
    # `apt-cache show` also knows names that are only depended on; a policy has a candidate.
    policy = subprocess.run(["apt-cache", "policy", package], capture_output=True, text=True, check=False).stdout
    return "Candidate:" in policy and "Candidate: (none)" not in policy


if __name__ == "__main__":
    main()
