"""Fills the disk under an agent. Called by disk.sh with the program, a directory
on a large disk, and the mount point of a small one."""

import json
import os
import signal
import subprocess
import sys
import time

PROGRAM, WORK, DISK = sys.argv[1:]
DATA = os.path.join(DISK, "data")
RECORDS, PAD = 60_000, 700
ENV = {
    **os.environ,
    "PLUMBLINE_CONFIG": os.devnull,
    "PLUMBLINE_SECRETS_KEY": "file",
    "PLUMBLINE_STORE_MIN_FREE_MIB": "100",
    "PLUMBLINE_CONNECTORS_DIRS": os.path.join(WORK, "connectors"),
}
MIB = 1 << 20
begun = time.monotonic()


def say(text):
    print(f"  {time.monotonic() - begun:6.1f} s  {text}", flush=True)


def fail(text):
    say("FAILED: " + text)
    if os.path.exists(LOG):
        print(open(LOG).read()[-4000:], file=sys.stderr)
    sys.exit(1)


LOG = os.path.join(WORK, "agent.log")


class Agent:
    def __init__(self, data):
        self.data = data
        self.log = open(LOG, "a")
        self.process = subprocess.Popen(
            [PROGRAM, "--data-dir", data, "agent"], env=ENV, stdout=self.log, stderr=self.log
        )
        wait("the agent answers", 60, lambda: self.alive() and self.call("status", ok=True)[1].get("mode") == "agent")

    def alive(self):
        if self.process.poll() is not None:
            fail(f"the agent has ended with {self.process.returncode}")
        return True

    def call(self, *args, ok=False):
        """Returns the exit code and the JSON a command prints."""
        done = subprocess.run([PROGRAM, "--data-dir", self.data, "--json", *args], env=ENV, capture_output=True, text=True)
        if done.returncode != 0 and not ok:
            fail(f"{' '.join(args)}: exit code {done.returncode}: {done.stdout[-500:]} {done.stderr[-1500:]}")
        text = done.stdout if done.returncode in (0, 3) else done.stderr
        try:
            return done.returncode, json.loads(text)
        except ValueError:
            return done.returncode, {}

    def get(self, *args):
        return self.call(*args)[1]

    def stop(self, how=signal.SIGTERM):
        self.process.send_signal(how)
        try:
            return self.process.wait(60)
        except subprocess.TimeoutExpired:
            self.process.kill()
            fail("the agent does not end")

    def records(self, alias):
        """Every record as key and hash."""
        page = self.get("record", "list", alias, "users")
        return {r["key"]: r["hash"] for r in page["items"]}


def wait(what, seconds, so):
    end = time.monotonic() + seconds
    while True:
        value = so()
        if value:
            return value
        if time.monotonic() > end:
            fail(f"waited {seconds} s in vain until {what}")
        time.sleep(0.2)


def free():
    s = os.statvfs(DISK)
    return s.f_bavail * s.f_frsize


def eat(name, leave):
    """Another program takes the disk but for some bytes: what is free now, and not
    what is let go meanwhile."""
    path = os.path.join(DISK, name)
    left = free() - leave
    with open(path, "r+b", buffering=0) as f:  # made before there was no room for that
        block = os.urandom(MIB)
        try:
            while left > 0:
                left -= f.write(block[: min(MIB, left)])
            os.fsync(f.fileno())
        except OSError:
            pass  # there was a little less than it seemed
    return path


def script(records):
    stream = {"name": "users", "records": records, "page": 500, "cursor": True, "pad": PAD}
    return "streams=" + json.dumps([stream])


def error_of(run):
    return next((s["error"] for s in run["steps"] if s.get("error")), {})


def finished(agent, run):
    run = agent.get("run", "show", run["id"])
    return run if run["status"] not in ("queued", "running") else None


FILLERS = ("hog", "greed", "gluttony", "last")
for name in FILLERS:
    open(os.path.join(DISK, name), "wb").close()

# What the source says, read where there is room.
reference = Agent(os.path.join(WORK, "reference"))
reference.get("connection", "add", "fake", "--alias", "corp", "--set", script(RECORDS))
reference.get("connection", "sync", "corp")
want = reference.records("corp")
reference.stop()
say(f"{len(want)} records at the source")
assert len(want) == RECORDS

# 1. A sync runs into the floor.
agent = Agent(DATA)
BALLAST = os.path.join(DATA, "store", "ballast")
wait("the ballast is set aside", 30, lambda: os.path.exists(BALLAST))
eat("hog", 103 * MIB)
agent.get("connection", "add", "fake", "--alias", "corp", "--set", script(RECORDS))
run = agent.get("connection", "sync", "corp", "--no-wait")
least = free()


def watched():
    global least
    least = min(least, free())
    agent.alive()
    return finished(agent, run)


run = wait("the sync ends", 300, watched)
error = error_of(run)
if error.get("code") != "disk.full" or "Free " not in error.get("remedy", "") or run["status"] not in ("failed", "partial"):
    fail(f"the sync ended as {run['status']} with {error}")
stored = len(agent.records("corp"))
if not 0 < stored < RECORDS:
    fail(f"{stored} records can be read")
disk = agent.get("status")["disk"]
if not disk["paused"] or disk["free_bytes"] <= 0:
    fail(f"status says {disk}")
code, _ = agent.call("doctor", ok=True)
if code != 1:
    fail(f"doctor ends with {code}")
end = time.monotonic() + 15  # whatever Badger still has to write, it writes now
while time.monotonic() < end:
    least = min(least, free())
    agent.alive()
    time.sleep(0.1)
code, refused = agent.call("connection", "sync", "corp", ok=True)
if code != 75 or refused.get("code") != "disk.full":
    fail(f"another sync: exit code {code}, {refused}")
say(f"stopped at the floor of {disk['floor_bytes'] // MIB} MiB with {stored} records; never less than {least // MIB} MiB were free")

# 2. Another program takes all free space.
eat("greed", 0)
wait("the ballast is let go", 30, lambda: agent.alive() and not os.path.exists(BALLAST))
freed = free()
if len(agent.records("corp")) != stored:
    fail("the records cannot be read on a full disk")
if not agent.get("connection", "pause", "corp")["paused"]:
    fail("a note cannot be made with the ballast let go")
say(f"with nothing free the ballast gave {freed // MIB} MiB; reading goes on, a note is made")
code = agent.stop()
if code != 0:
    fail(f"the agent ended with {code} on a full disk")
say(f"ended in good order, {free() // MIB} MiB free")

# 3. It is started on the full disk, killed, and started again.
eat("gluttony", 0)
agent = Agent(DATA)
if len(agent.records("corp")) != stored:
    fail("the records cannot be read after a start on a full disk")
disk = agent.get("status")["disk"]
say(f"started with {disk['free_bytes'] // MIB} MiB free: reading works")
agent.stop(signal.SIGKILL)
agent = Agent(DATA)
if len(agent.records("corp")) != stored:
    fail("the records cannot be read after a crash on a full disk")
say("killed and started again: reading works")

# 4. There is room again: everything goes on by itself.
for name in FILLERS[:3]:
    os.remove(os.path.join(DISK, name))
wait("writing goes on", 30, lambda: agent.alive() and not agent.get("status")["disk"]["paused"])
agent.get("connection", "resume", "corp")
run = agent.get("connection", "sync", "corp")
if run["status"] != "succeeded" or not run["steps"][2].get("resumed"):
    fail(f"the next sync ended as {run['status']}: {run['steps'][2]}")
got = agent.records("corp")
if got != want:
    fail(f"{len(got)} records, of which {sum(got.get(k) != v for k, v in want.items())} are not as the source has them")
changes = {c["key"]: c["hash"] for c in agent.get("change", "list", "corp")["items"]}
if changes != want or agent.get("connection", "sync", "corp")["steps"][2]["added"]:
    fail("the change log does not say what the source says")
wait("the ballast is back", 30, lambda: os.path.exists(BALLAST))
say(f"went on by itself from record {stored}: all {len(got)} are as the source has them")

# 5. Another program takes everything in the middle of a sync, faster than the agent measures.
# That may end the agent; it must not cost a record.
agent.get("connection", "add", "fake", "--alias", "more", "--set", script(RECORDS // 2))
run = agent.get("connection", "sync", "more", "--no-wait")
wait("the sync runs", 60, lambda: agent.get("run", "show", run["id"])["steps"][2:] and agent.get("run", "show", run["id"])["steps"][2]["read"] > 5_000)
eat("last", 0)
time.sleep(5)
died = agent.process.poll() is not None
os.remove(os.path.join(DISK, "last"))
if died:
    agent = Agent(DATA)
wait("the run has ended", 60, lambda: finished(agent, run))
wait("writing goes on", 30, lambda: not agent.get("status")["disk"]["paused"])
run = agent.get("connection", "sync", "more")
if run["status"] != "succeeded" or agent.records("more") != {k: v for k, v in want.items() if int(k.split("-")[1]) < RECORDS // 2}:
    fail(f"after the disk was taken away the sync ended as {run['status']}")
if agent.records("corp") != want:
    fail("records of the other connection have changed")
if agent.stop() != 0:
    fail("the agent did not end in good order")
say("taken away in the middle of a sync: the agent " + ("died, started again" if died else "survived") + ", and nothing was lost")
