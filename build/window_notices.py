"""Stands for the notification service of a desktop, inside a D-Bus session.

It writes each notice to standard output as a line of JSON. It reads lines such as `click 1`
and `dismiss 1`, and tells the program that the person did that.
"""

import json
import sys

from gi.repository import Gio, GLib

NAME, PATH = "org.freedesktop.Notifications", "/org/freedesktop/Notifications"
INTERFACE = Gio.DBusNodeInfo.new_for_xml("""
<node><interface name="org.freedesktop.Notifications">
  <method name="GetCapabilities"><arg type="as" direction="out"/></method>
  <method name="Notify">
    <arg type="s" direction="in"/><arg type="u" direction="in"/><arg type="s" direction="in"/><arg type="s" direction="in"/>
    <arg type="s" direction="in"/><arg type="as" direction="in"/><arg type="a{sv}" direction="in"/><arg type="i" direction="in"/>
    <arg type="u" direction="out"/>
  </method>
  <signal name="ActionInvoked"><arg type="u"/><arg type="s"/></signal>
  <signal name="NotificationClosed"><arg type="u"/><arg type="u"/></signal>
</interface></node>""").interfaces[0]

shown = 0


def say(line):
    print(json.dumps(line), flush=True)


def called(_bus, _sender, _path, _interface, method, arguments, answer):
    global shown
    if method == "GetCapabilities":
        answer.return_value(GLib.Variant("(as)", (["body", "actions", "body-markup"],)))
        return
    program, replaces, _icon, title, body, actions, _hints, _patience = arguments.unpack()
    shown = replaces or shown + 1
    say({"number": shown, "program": program, "title": title, "body": body, "actions": actions})
    answer.return_value(GLib.Variant("(u)", (shown,)))


def done(bus, line):
    what, number = line.split()
    if what == "click":
        bus.emit_signal(None, PATH, NAME, "ActionInvoked", GLib.Variant("(us)", (int(number), "default")))
    bus.emit_signal(None, PATH, NAME, "NotificationClosed", GLib.Variant("(uu)", (int(number), 2)))


def owned(bus, _name):
    def read(channel, _condition):
        line = channel.readline()
        if line.strip():
            done(bus, line)
        return bool(line)

    GLib.io_add_watch(sys.stdin, GLib.IO_IN | GLib.IO_HUP, read)
    say({"ready": True})


def main():
    bus = Gio.bus_get_sync(Gio.BusType.SESSION)
    bus.register_object(PATH, INTERFACE, called, None, None)
    Gio.bus_own_name_on_connection(bus, NAME, Gio.BusNameOwnerFlags.NONE, owned, None)
    GLib.MainLoop().run()


main()
