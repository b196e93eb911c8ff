package company

import (
	"fmt"
	"time"

	"github.com/plumbline-dev/plumbline/plugins/internal/company/names"
)

// Device is a laptop or a phone.
type Device struct {
	ID                                                           string
	N                                                            int
	Serial, Hostname, Platform, Model, OSVersion                 string
	OwnerEmail, OwnerName, OwnerID                               string `null:"yes"`
	Encrypted, Firewall, ScreenLock, Antivirus, AutomaticUpdates bool
	Enrolled, LastSeen                                           time.Time
	Status                                                       string
}

// maker is a platform with what its devices are called.
type maker struct {
	platform, prefix, version string
	models                    []string
}

var makers = []maker{
	{"macos", "mac", "26.1", []string{"MacBook Pro (14-inch, 2024)", "MacBook Air (M3, 2024)", "MacBook Pro (16-inch, 2023)"}},
	{"windows", "win", "10.0.26100", []string{"Latitude 7450", "ThinkPad X1 Carbon Gen 12", "Surface Laptop 7"}},
	{"linux", "lnx", "24.04", []string{"ThinkPad P14s Gen 5", "XPS 13 9350"}},
	{"ios", "iph", "26.1", []string{"iPhone 16", "iPhone 15"}},
}

func deviceID(n int) string { return fmt.Sprintf("d%05d", n) }

// phones is the number before that of the first phone.
const phones = 500_000

// Devices returns the devices: one of each person, then the phones besides.
func (d *Day) Devices() (all []Device) {
	for _, l := range d.c.lives[:min(d.c.size.Devices, len(d.c.lives))] {
		if d.n >= l.started {
			all = append(all, d.device(l.n, l))
		}
	}
	for _, l := range d.c.lives[:min(d.c.size.Phones, len(d.c.lives))] {
		if d.n >= l.started {
			all = append(all, d.device(phones+l.n, l))
		}
	}
	return all
}

// makerOf returns of which kind a device is. Some people have a phone alone.
func (c *Company) makerOf(n int) maker {
	switch kind := c.dice("device kind", n).IntN(100); {
	case n > phones || kind < 4:
		return makers[3]
	case kind < 30:
		return makers[1]
	case kind < 40 && c.person(n).posts[0].engineer():
		return makers[2]
	}
	return makers[0]
}

func (c *Company) hostname(n int) string {
	return fmt.Sprintf("%s-%s-%d", c.makerOf(n).prefix, names.Slug(c.person(n%phones).last), n)
}

func (d *Day) device(n int, l *life) Device {
	r, of := d.c.dice("device", n), d.c.makerOf(n)
	id := deviceID(n)
	flawed := func(kind string) bool { return d.flawed(kind, "devices", id) }
	one := Device{
		ID: id, N: n, Serial: fmt.Sprintf("NW%08X", r.Uint32()), Hostname: d.c.hostname(n),
		Platform: of.platform,
		Model:    of.models[r.IntN(len(of.models))], OSVersion: of.version, OwnerEmail: l.email(), OwnerName: l.name(), OwnerID: l.id(),
		Encrypted: !flawed("unencrypted-device"), Firewall: !flawed("firewall-off"), ScreenLock: !flawed("screen-lock-off"),
		Antivirus: !flawed("antivirus-missing"), AutomaticUpdates: !flawed("updates-off"), Enrolled: at(r, l.started), Status: "active",
	}
	last := d.n - d.c.dice("device seen", n*(LastDay+1)+d.n).IntN(3)
	if l.status(d.n) == "on_leave" {
		last = l.leave[0] - 1
	}
	if d.n >= l.ended {
		last = l.ended - 1
		if !flawed(deviceOfLeft.kind) {
			one.Status = "retired"
		}
	}
	if f, found := d.flaw("device-unseen", "devices", id); found {
		last = max(f.From-91, l.started)
	}
	if one.LastSeen = date(last, 64_000+r.IntN(9000)); last <= l.started {
		one.LastSeen = one.Enrolled.Add(time.Hour)
	}
	if flawed("device-without-owner") {
		one.OwnerEmail, one.OwnerName, one.OwnerID = "", "", ""
	}
	return one
}
