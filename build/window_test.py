"""Uses the window as a person does: finds what it shows through the
accessibility tree, clicks with the mouse, and looks at the screen.

Usage: window_test.py OUT-DIRECTORY, inside a D-Bus session with a display.
"""

import json
import os
import subprocess
import sys
import tempfile
import time

import pyatspi

PATIENCE = 60
PROGRAM = "bin/plumbline-desktop"


def wait(what, question):
    """Returns what question answers as soon as it answers something."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        try:
            answer = question()
        except Exception:  # the tree changes while it is being read
            answer = None
        if answer:
            return answer
        time.sleep(0.1)
    raise SystemExit(f"waited {PATIENCE} s in vain for {what}")


def walk(node, depth=0):
    yield node
    if depth < 60:
        for child in node:
            if child is not None:
                yield from walk(child, depth + 1)


def window():
    for app in pyatspi.Registry.getDesktop(0):
        if app is not None and "plumbline" in (app.name or "").lower():
            return app
    return None


def find(name, roles=None):
    """The shown element of this accessible name."""
    app = window()
    for node in walk(app) if app else ():
        if name not in (node.name or "") or (roles and node.getRole() not in roles):
            continue
        if node.getState().contains(pyatspi.STATE_SHOWING):
            return node
    return None


BUTTON = (pyatspi.ROLE_PUSH_BUTTON, pyatspi.ROLE_TOGGLE_BUTTON)


def place(name):
    """Where the button is, once it has stopped moving and can be used."""
    seen = None
    for _ in range(3):
        button = find(name, BUTTON)
        if button is None or not button.getState().contains(pyatspi.STATE_ENABLED):
            return None
        box = button.queryComponent().getExtents(pyatspi.DESKTOP_COORDS)
        now = (box.x + box.width // 2, box.y + box.height // 2)
        if seen not in (None, now):
            return None
        seen = now
        time.sleep(0.2)
    return seen


def click(name):
    x, y = wait(f"a button {name!r} at rest", lambda: place(name))
    subprocess.run(["xdotool", "mousemove", str(x), str(y), "click", "1"], check=True)


def shot(out, name):
    subprocess.run(["import", "-window", "root", os.path.join(out, name)], check=True)


def plumbline(home, *args):
    done = subprocess.run(["bin/plumbline", "--data-dir", home, "--json", *args], capture_output=True, text=True)
    if done.returncode != 0:
        raise SystemExit(f"plumbline {args}: {done.stderr}")
    return json.loads(done.stdout)


def close(process):
    process.terminate()
    code = process.wait(timeout=30)
    if code != 0:
        raise SystemExit(f"the window ended with code {code}")


def fresh(out):
    """On a fresh data directory: shows the Active tab, and a sync from its own button succeeds."""
    with tempfile.TemporaryDirectory(prefix="plw") as home:
        process = subprocess.Popen([PROGRAM, "--data-dir", home])
        wait("the Active tab", lambda: find("Active"))
        wait("the invitation to connect", lambda: find("Connect this machine", BUTTON))
        shot(out, "fresh.png")
        click("Connect this machine")
        wait("a first run that succeeded", lambda: [r for r in plumbline(home, "run", "list")["items"] if r["status"] == "succeeded"])
        before = len(plumbline(home, "run", "list")["items"])
        click("Sync now")
        runs = wait(
            "a second run that succeeded",
            lambda: [r for r in plumbline(home, "run", "list")["items"] if r["status"] == "succeeded"][before:]
            or None,
        )
        wait("the word Healthy in the window", lambda: find("Healthy"))
        wait("the window to show that the run has ended", lambda: find("Sync now", BUTTON))
        shot(out, "synced.png")
        print(f"fresh: run {runs[0]['id']} was started from the window and succeeded")
        close(process)


def beside_agent(out):
    """Beside a running agent: shows the agent's connections, and the agent outlives it."""
    with tempfile.TemporaryDirectory(prefix="plw") as home:
        agent = subprocess.Popen(["bin/plumbline", "--data-dir", home, "agent"])
        wait("the agent", lambda: os.path.exists(os.path.join(home, "agent.sock")))
        plumbline(home, "connection", "add", "device", "--alias", "kept-by-the-agent")
        process = subprocess.Popen([PROGRAM, "--data-dir", home])
        wait("the agent's connection in the window", lambda: find("kept-by-the-agent"))
        shot(out, "attached.png")
        close(process)
        if plumbline(home, "status")["mode"] != "agent":
            raise SystemExit("the agent did not outlive the window")
        print("attached: the window showed the agent's connection")
        close(agent)


if __name__ == "__main__":
    fresh(sys.argv[1])
    beside_agent(sys.argv[1])
    print(f"screenshots: {sys.argv[1]}")
