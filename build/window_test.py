"""Uses the window as a person does: finds what it shows through the
accessibility tree, clicks with the mouse, and looks at the screen.

Usage: window_test.py OUT-DIRECTORY [STORY...], inside a D-Bus session with a display.
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
    shot(sys.argv[1], "failed.png")
    raise SystemExit(f"waited {PATIENCE} s in vain for {what}; failed.png shows what was there")


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
LINK = (pyatspi.ROLE_LINK,)


def resting(name, roles):
    """Where the button or link is, once it has stopped moving and can be used."""
    seen = None
    for _ in range(3):
        button = find(name, roles)
        if button is None or not button.getState().contains(pyatspi.STATE_ENABLED):
            return None
        box = button.queryComponent().getExtents(pyatspi.DESKTOP_COORDS)
        now = (box.x + box.width // 2, box.y + box.height // 2)
        if seen not in (None, now):
            return None
        seen = now
        time.sleep(0.2)
    return seen


def click(name, roles=BUTTON):
    x, y = wait(f"{name!r} at rest", lambda: resting(name, roles))
    subprocess.run(["xdotool", "mousemove", str(x), str(y), "click", "1"], check=True)


def shot(out, name):
    subprocess.run(["import", "-window", "root", os.path.join(out, name)], check=True)


def plumbline(home, *args):
    done = subprocess.run(["bin/plumbline", "--data-dir", home, "--json", *args], capture_output=True, text=True)
    if done.returncode != 0:
        raise SystemExit(f"plumbline {args}: {done.stderr}")
    return json.loads(done.stdout)


def owner(home):
    """The process that owns the data directory, and what it is."""
    with open(os.path.join(home, "owner.json")) as file:
        return json.load(file)


def close(process):
    process.terminate()
    code = process.wait(timeout=30)
    if code != 0:
        raise SystemExit(f"the window ended with code {code}")


def home_page():
    wait("the first screen", lambda: find("Home", (pyatspi.ROLE_HEADING,)))


def fresh(out):
    """On a fresh data directory: shows what is connected as it happens, and a sync from its own button succeeds."""
    with tempfile.TemporaryDirectory(prefix="plw") as home:
        process = start(home)
        home_page()
        wait("a page without connections", lambda: find("Nothing is connected yet"))
        shot(out, "fresh.png")
        press(process, "ctrl+2")
        wait("the Active tab", lambda: find("Active"))
        plumbline(home, "connection", "add", "device", "--alias", "this-machine")
        wait("the new connection in the list", lambda: find("this-machine", LINK))
        click("this-machine", LINK)
        click("Sync now")
        runs = wait(
            "a run that succeeded",
            lambda: [r for r in plumbline(home, "run", "list")["items"] if r["status"] == "succeeded"],
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
        home_page()
        press(process, "ctrl+2")
        wait("the agent's connection in the window", lambda: find("kept-by-the-agent"))
        shot(out, "attached.png")
        close(process)
        if plumbline(home, "status")["mode"] != "agent":
            raise SystemExit("the agent did not outlive the window")
        print("attached: the window showed the agent's connection")
        close(agent)


def start(home, *args, **more):
    return subprocess.Popen([PROGRAM, "--data-dir", home, *args], **more)


def xdotool(*args):
    return subprocess.run(["xdotool", *args], check=True, capture_output=True, text=True).stdout.split()


def frame(process):
    """The X window of the process, once it is shown."""
    found = wait("the frame", lambda: xdotool("search", "--onlyvisible", "--pid", str(process.pid), "--name", "Plumbline"))
    return found[-1]


def geometry(process):
    lines = xdotool("getwindowgeometry", "--shell", frame(process))
    values = dict(line.split("=") for line in lines)
    return tuple(int(values[name]) for name in ("X", "Y", "WIDTH", "HEIGHT"))


COVER = "#FF00FF"


def is_covered(x, y):
    """Whether the cover is in front at this point of the screen."""
    seen = subprocess.run(["import", "-window", "root", "-crop", f"1x1+{x}+{y}", "-depth", "8", "txt:-"], check=True, capture_output=True, text=True)
    return COVER in seen.stdout


def demand(holds, what):
    if not holds:
        raise SystemExit(what)


def second_launch(out):
    """A second launch brings the first window to the front, at its link, and ends; a link never acts."""
    with tempfile.TemporaryDirectory(prefix="plw") as home, tempfile.TemporaryDirectory(prefix="plw") as other:
        first = start(home)
        home_page()
        cover = subprocess.Popen(["display", "-size", "1400x900", f"xc:{COVER}"])
        points = [(x, y) for x in (200, 700, 1200) for y in (200, 500, 800)]
        point = wait("the cover in front", lambda: next((p for p in points if is_covered(*p)), None))

        begun = time.monotonic()
        second = start(home, "plumbline://doctor")
        demand(second.wait(timeout=PATIENCE) == 0, "the second launch ended with a failure")
        took = time.monotonic() - begun
        wait("the first window in front", lambda: not is_covered(*point))
        wait("the keyboard at the first window", lambda: xdotool("getwindowfocus") == [frame(first)])
        wait("the screen of the link", lambda: find("Doctor", (pyatspi.ROLE_HEADING,)))
        shot(out, "second-launch.png")
        demand(owner(home)["pid"] == first.pid, "the data went to another process")

        plumbline(home, "connection", "add", "device", "--alias", "linked")
        runs = len(plumbline(home, "run", "list")["items"])
        for link in ("plumbline://connections/linked/sync", "plumbline://connections/new/device", "https://elsewhere.example/"):
            demand(start(home, link).wait(timeout=PATIENCE) == 0, f"{link} ended with a failure")
        demand(find("Doctor", (pyatspi.ROLE_HEADING,)), "a link that is no screen led somewhere")
        demand(len(plumbline(home, "run", "list")["items"]) == runs, "a link started a run")

        apart = start(other)
        wait("a window of other data", lambda: os.path.exists(os.path.join(other, "owner.json")))
        demand(first.poll() is None, "a window of other data ended the first")
        close(apart)  # while it is still starting
        for process in (cover, first):
            process.terminate()
            process.wait(timeout=30)
        print(f"second launch: the first came to the front at the link; the second ended after {took:.1f} s")


def place(out):
    """The window is where it was, and on the screen when it was elsewhere."""
    with tempfile.TemporaryDirectory(prefix="plw") as home:
        kept = os.path.join(home, "window.json")
        with open(kept, "w") as file:
            json.dump({"width": 900, "height": 700, "x": 2100, "y": -300, "known": True}, file)
        process = start(home)
        home_page()
        wait("a window back on the screen", lambda: geometry(process) == (500, 0, 900, 700))
        shot(out, "mended.png")
        xdotool("windowsize", frame(process), "820", "640")
        xdotool("windowmove", frame(process), "60", "70")
        wait("the window to be there", lambda: geometry(process) == (60, 70, 820, 640))
        close(process)
        with open(kept) as file:
            now = json.load(file)
        demand((now["x"], now["y"], now["width"], now["height"]) == (60, 70, 820, 640), f"it keeps {now}")
        process = start(home)
        home_page()
        wait("the window where it was", lambda: geometry(process) == (60, 70, 820, 640))
        close(process)
        print("place: a window off the screen was mended; size and place are kept")


def press(process, *keys):
    xdotool("windowfocus", frame(process))
    xdotool("key", *keys)


FIELD = (pyatspi.ROLE_ENTRY, pyatspi.ROLE_TEXT)
SEARCH = "Search connectors"
MENU = (pyatspi.ROLE_MENU, pyatspi.ROLE_MENU_ITEM)


def choose(menu, item):
    """Clicks an item of the menu bar."""
    for name in (menu, item):
        node = wait(f"{name} of the menu bar", lambda: find(name, MENU))
        box = node.queryComponent().getExtents(pyatspi.DESKTOP_COORDS)
        xdotool("mousemove", str(box.x + box.width // 2), str(box.y + box.height // 2), "click", "1")


def value(name):
    """What is in the field of this name."""
    node = find(name, FIELD)
    text = node.queryText() if node else None
    return text.getText(0, text.characterCount) if text else None


def menus(out):
    """The menu bar leads to screens, edits texts and enlarges the page, by mouse and by key."""
    with tempfile.TemporaryDirectory(prefix="plw") as home:
        process = start(home)
        home_page()
        press(process, "ctrl+6")
        wait("Activity by its key", lambda: find("Activity", (pyatspi.ROLE_HEADING,)))
        choose("Help", "Doctor")
        wait("Doctor by its item", lambda: find("Doctor", (pyatspi.ROLE_HEADING,)))
        press(process, "ctrl+3")
        field = wait("the search of the connectors", lambda: find(SEARCH, FIELD))
        press(process, "slash")
        wait("the field to have the keyboard", lambda: field.getState().contains(pyatspi.STATE_FOCUSED))
        xdotool("type", "sync")
        wait("what was typed", lambda: value(SEARCH) == "sync")
        choose("Edit", "Select All")
        choose("Edit", "Cut")
        wait("an empty field", lambda: value(SEARCH) == "")
        choose("Edit", "Paste")
        wait("the text again", lambda: value(SEARCH) == "sync")
        choose("Edit", "Select All")
        choose("Edit", "Copy")
        choose("Edit", "Paste")
        choose("Edit", "Paste")
        wait("the text twice", lambda: value(SEARCH) == "syncsync")
        choose("Edit", "Undo")
        wait("less text", lambda: value(SEARCH) != "syncsync")
        shot(out, "menus.png")
        before = field.queryComponent().getExtents(pyatspi.DESKTOP_COORDS).height
        press(process, "ctrl+equal", "ctrl+equal", "ctrl+equal")
        wait("a larger page", lambda: find(SEARCH, FIELD).queryComponent().getExtents(pyatspi.DESKTOP_COORDS).height > before)
        shot(out, "zoomed.png")
        press(process, "ctrl+0")
        wait("the page as it was", lambda: find(SEARCH, FIELD).queryComponent().getExtents(pyatspi.DESKTOP_COORDS).height == before)
        press(process, "ctrl+r")
        wait("the page, loaded again", lambda: find(SEARCH, FIELD))
        press(process, "ctrl+1")
        home_page()
        press(process, "ctrl+q")
        demand(process.wait(timeout=30) == 0, "Quit ended the window with a failure")
        print("menus: screens, copy and paste, zoom, reload and quit")


class Notices:
    """The notification service of the desktop."""

    def __init__(self):
        self.service = subprocess.Popen(["/usr/bin/python3", "build/window_notices.py"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.next()

    def next(self):
        return json.loads(self.service.stdout.readline())

    def person(self, did, notice):
        self.service.stdin.write(f"{did} {notice['number']}\n")
        self.service.stdin.flush()


def notices(out):
    """A connection that fails and recovers is a notice each; a click goes to it, a dismissal does nothing."""
    service = Notices()
    with tempfile.TemporaryDirectory(prefix="plw") as home, tempfile.TemporaryDirectory(prefix="plw") as files:
        people = os.path.join(files, "people.csv")
        with open(people, "w") as file:
            file.write("id,email\n1,ada@example.com\n")
        process = start(home)
        home_page()
        plumbline(home, "connection", "add", "csv", "--alias", "people", "--set", f"path={people}", "--set", "kind=account", "--set", "key=id")
        sync = ["bin/plumbline", "--data-dir", home, "connection", "sync", "people"]
        subprocess.run(sync, check=True, capture_output=True)
        os.rename(people, people + ".away")
        demand(subprocess.run(sync, capture_output=True).returncode == 3, "a sync without its file succeeded")
        failed = service.next()
        demand(failed["title"] == "people needs a person: A setting is not right" and failed["body"], f"it was told {failed}")
        service.person("dismiss", failed)
        os.rename(people + ".away", people)
        subprocess.run(sync, check=True, capture_output=True)
        well = service.next()
        demand(well["title"] == "people is healthy again", f"it was told {well}")
        demand(find("Home", (pyatspi.ROLE_HEADING,)), "a notice that was dismissed led somewhere")
        service.person("click", well)
        wait("the connection", lambda: find("Sync now", BUTTON))
        shot(out, "notice.png")
        close(process)
    service.service.terminate()
    print("notices: failed, recovered; a click went to the connection")


# Stands for systemd of a person: it starts and stops what the unit says.
SYSTEMCTL = """#!/usr/bin/python3
import json, os, shlex, signal, subprocess, sys, time
state_file = os.environ["FAKE_SYSTEMD"]
state = json.load(open(state_file)) if os.path.exists(state_file) else {"enabled": False, "pid": 0}
verb = sys.argv[2]
runs = bool(state["pid"]) and os.path.exists(f"/proc/{state['pid']}")
if verb == "is-enabled":
    print("enabled" if state["enabled"] else "disabled"); sys.exit(not state["enabled"])
if verb == "is-active":
    print("active" if runs else "inactive"); sys.exit(not runs)
if verb in ("enable", "disable"):
    state["enabled"] = verb == "enable"
if verb == "start":
    unit = open(os.path.join(os.environ["XDG_CONFIG_HOME"], "systemd/user/plumbline.service")).read()
    line = [l for l in unit.splitlines() if l.startswith("ExecStart=")][0]
    agent = subprocess.Popen(shlex.split(line.removeprefix("ExecStart=")), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
    state["pid"] = agent.pid
if verb == "stop":
    os.kill(state["pid"], signal.SIGTERM)
    while os.path.exists(f"/proc/{state['pid']}") and open(f"/proc/{state['pid']}/stat").read().split()[2] != "Z":
        time.sleep(0.05)
    state["pid"] = 0
json.dump(state, open(state_file, "w"))
"""


def background(out):
    """The switch in the settings hands the data to a service, and takes it back."""
    with tempfile.TemporaryDirectory(prefix="plw") as home, tempfile.TemporaryDirectory(prefix="plw") as machine:
        with open(os.path.join(machine, "systemctl"), "w") as file:
            file.write(SYSTEMCTL)
        os.chmod(os.path.join(machine, "systemctl"), 0o755)
        state = os.path.join(machine, "state")
        environment = {**os.environ, "PATH": machine + ":" + os.environ["PATH"], "XDG_CONFIG_HOME": machine, "FAKE_SYSTEMD": state}
        process = start(home, env=environment)
        home_page()
        demand(owner(home)["program"] == "desktop", "the window does not own the data")
        press(process, "ctrl+comma")

        def switch():
            return find("Keep syncing in the background", BUTTON)

        def turn():
            wait("the switch to have the keyboard", lambda: switch().queryComponent().grabFocus() and switch().getState().contains(pyatspi.STATE_FOCUSED))
            press(process, "space")

        turn()
        wait("the agent to own the data", lambda: owner(home)["program"] == "agent")
        wait("the switch to be on", lambda: switch().getState().contains(pyatspi.STATE_CHECKED))
        shot(out, "background.png")
        plumbline(home, "connection", "add", "device", "--alias", "while-in-the-background")
        press(process, "ctrl+2")
        wait("what the agent serves", lambda: find("while-in-the-background"))
        press(process, "ctrl+comma")
        turn()
        wait("the window to own the data again", lambda: owner(home)["program"] == "desktop")
        wait("the switch to be off", lambda: not switch().getState().contains(pyatspi.STATE_CHECKED))
        demand(not os.path.exists(os.path.join(machine, "systemd/user/plumbline.service")), "the unit stays")
        close(process)
        print("background: the service took the data over, and gave it back")


STORIES = {s.__name__: s for s in (fresh, beside_agent, second_launch, place, menus, notices, background)}

if __name__ == "__main__":
    for story in sys.argv[2:] or STORIES:
        STORIES[story](sys.argv[1])
    print(f"screenshots: {sys.argv[1]}")
