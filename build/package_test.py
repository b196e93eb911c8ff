#!/usr/bin/python3
"""Proves the packages of the agent in an empty Debian 12 that runs systemd.

    package_test.py OLD NEW

OLD and NEW are directories with the .deb files of two versions. The test installs OLD, upgrades
to NEW, removes it, and looks each time at what an administrator would look at. It needs root,
debootstrap, and a kernel with cgroup v2. PACKAGE_MIRROR is where debootstrap takes Debian from.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

INSIDE = ["--mount", "--pid", "--cgroup", "--net", "--uts", "--ipc", "--fork", "--kill-child"]

# Makes the directory $1 the root of a machine of its own and starts its systemd.
BOOT = """
set -eu
mount --make-rprivate /
mount --bind "$1" "$1"
mount -t proc proc "$1/proc"
mount -t sysfs -o ro sysfs "$1/sys"
mount -t tmpfs tmpfs "$1/sys/fs/cgroup"
mount -t cgroup2 cgroup2 "$1/sys/fs/cgroup"
mount -t tmpfs tmpfs "$1/run"
mount -t tmpfs tmpfs "$1/tmp"
mount --rbind /dev "$1/dev"
mkdir -p "$1/oldroot"
cd "$1"
pivot_root . oldroot
umount -l oldroot
exec env -i container=test PATH=/usr/sbin:/usr/bin:/sbin:/bin /lib/systemd/systemd --unit=multi-user.target
"""


class Machine:
    """An empty Debian whose systemd runs."""

    def __init__(self, root: Path):
        self.root = root
        mirror = [os.environ["PACKAGE_MIRROR"]] if "PACKAGE_MIRROR" in os.environ else []
        path = os.environ["PATH"] + ":/usr/sbin:/sbin"
        subprocess.run(
            ["debootstrap", "--variant=minbase", "--include=systemd,dbus,ca-certificates", "bookworm", str(root), *mirror],
            check=True, stdout=subprocess.DEVNULL, env={**os.environ, "PATH": path},
        )
        self.started = subprocess.Popen(
            ["unshare", *INSIDE, "bash", "-c", BOOT, "boot", str(root)],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )
        self.pid = self._first_process()
        self.until(lambda: self.run("systemctl", "is-system-running").stdout.strip() in ("running", "degraded"), "systemd runs")

    def _first_process(self) -> int:
        children = Path(f"/proc/{self.started.pid}/task/{self.started.pid}/children")
        for _ in range(300):
            found = children.read_text().split()
            if found and Path(f"/proc/{found[0]}/cmdline").read_text().startswith("/lib/systemd/systemd\0"):
                return int(found[0])
            time.sleep(0.1)
        raise AssertionError("systemd did not start")

    def run(self, *command: str, check: bool = False) -> subprocess.CompletedProcess:
        """Runs a command in the machine."""
        done = subprocess.run(
            ["nsenter", f"--target={self.pid}", "--all", "--root", "--wd=/", "env", "-i", "PATH=/usr/sbin:/usr/bin:/sbin:/bin",
             "LANG=C.UTF-8", "DEBIAN_FRONTEND=noninteractive", *command],
            capture_output=True, text=True, timeout=300,
        )
        if check and done.returncode != 0:
            raise AssertionError(f"{' '.join(command)}: exit {done.returncode}\n{done.stdout}{done.stderr}\n{self.log()}")
        return done

    def log(self) -> str:
        return self.run("journalctl", "--no-pager", "-n", "60", "-u", "plumbline").stdout

    def plumbline(self, *command: str) -> dict:
        """What a command of the agent's user answers, as JSON."""
        answer = self.run("runuser", "-u", "plumbline", "--", "env", "PLUMBLINE_HOME=/var/lib/plumbline", "plumbline", *command, "--json",
                          check=True)
        return json.loads(answer.stdout)

    def until(self, holds, what: str, seconds: int = 60):
        end = time.monotonic() + seconds
        while not holds():
            if time.monotonic() > end:
                raise AssertionError(f"not within {seconds} s: {what}\n{self.log()}")
            time.sleep(0.2)

    def state(self) -> str:
        return self.run("systemctl", "is-active", "plumbline").stdout.strip()

    def main_pid(self) -> str:
        return self.run("systemctl", "show", "-P", "MainPID", "plumbline").stdout.strip()

    def stop(self):
        if self.started.poll() is None:
            os.kill(self.started.pid, signal.SIGKILL)  # --kill-child ends the rest
        self.started.wait()


def debs(directory: Path) -> list[str]:
    """The packages of the agent in a directory of the machine."""
    return [f"/srv/{directory.name}/{deb.name}" for deb in sorted(directory.glob("*.deb")) if "desktop" not in deb.name]


def copied(source: str, root: Path, name: str) -> Path:
    target = root / "srv" / name
    shutil.copytree(source, target)
    return target


def prove(machine: Machine, old: list[str], new: list[str]):
    machine.run("dpkg", "-i", *old, check=True)
    assert machine.state() == "active", machine.log()
    assert machine.run("systemctl", "is-enabled", "plumbline").stdout.strip() == "enabled"
    status = machine.plumbline("status")
    print("ok    installed: the service runs, version", status["version"])
    owner = machine.run("stat", "-c", "%U %a", "/var/lib/plumbline").stdout.strip()
    assert owner == "plumbline 700", owner

    machine.plumbline("connection", "add", "device", "--alias", "this-machine", "--schedule", "@daily")
    run = machine.plumbline("connection", "sync", "this-machine")
    assert run["status"] == "succeeded", run
    records = machine.plumbline("record", "list", "this-machine")["items"]
    assert records, "the sync stored nothing"
    print("ok    a connection syncs in the hardened unit,", len(records), "records")

    findings = {finding["id"]: finding for finding in machine.plumbline("doctor")["items"]}
    for what in ("containment", "control_groups"):
        print("     ", what + ":", findings[what]["status"], findings[what]["message"])
    assert findings["containment"]["status"] == "ok", findings["containment"]

    security = machine.run("systemd-analyze", "security", "--no-pager", "plumbline.service").stdout.strip().splitlines()[-1]
    exposure = float(security.split(":")[1].split()[0])
    assert exposure <= 2.5, security
    print("ok    systemd-analyze security:", exposure)

    before = machine.main_pid()
    machine.run("dpkg", "-i", *new, check=True)
    machine.until(lambda: machine.state() == "active", "the service runs after the upgrade")
    assert machine.main_pid() != before, "the upgrade did not restart the service"
    assert machine.plumbline("record", "list", "this-machine")["items"] == records, "the upgrade changed records"
    print("ok    upgraded: restarted, the same records")

    machine.run("systemctl", "stop", "plumbline", check=True)
    machine.run("dpkg", "-i", *old, check=True)
    assert machine.state() == "inactive", "an agent that was stopped was started by an upgrade"
    print("ok    an agent that a person stopped stays stopped")

    machine.run("systemctl", "start", "plumbline", check=True)
    machine.run("dpkg", "--remove", "plumbline-agent", "plumbline", check=True)
    assert machine.state() != "active"
    assert machine.run("pgrep", "-u", "plumbline").stdout == "", "processes stay after the removal"
    left = machine.run("systemctl", "list-unit-files", "--no-legend", "plumbline.service").stdout
    assert left.strip() == "", left
    assert (machine.root / "var/lib/plumbline").is_dir(), "the removal deleted the data"
    purge = machine.run("dpkg", "--purge", "plumbline-agent", check=True)
    assert "/var/lib/plumbline" in purge.stderr, purge.stderr
    assert not (machine.root / "etc/default/plumbline").exists()
    print("ok    removed: no process, no unit; the data stays, and the purge says so")

    machine.run("dpkg", "-i", *new, check=True)
    assert machine.plumbline("record", "list", "this-machine")["items"] == records
    print("ok    installed again: the same records")


def main():
    root = Path(tempfile.mkdtemp(prefix="plumbline-package.", dir="/var/tmp"))
    root.chmod(0o755)  # the "/" of every user in it
    machine = None
    try:
        machine = Machine(root)
        old, new = copied(sys.argv[1], root, "old"), copied(sys.argv[2], root, "new")
        prove(machine, debs(old), debs(new))
    finally:
        if machine:
            machine.stop()
        subprocess.run(["rm", "-rf", "--one-file-system", str(root)], check=True)


if __name__ == "__main__":
    main()
