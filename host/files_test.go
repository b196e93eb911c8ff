package host

import (
	"testing"
)

func TestWhatNoConnectorMayRead(t *testing.T) {
	t.Parallel()
	for at, want := range map[string]bool{
		"/":                        true,
		"/proc":                    true,
		"/proc/1/environ":          true,
		"/etc":                     true,
		"/etc/shadow":              true,
		"/etc/../etc/shadow":       true,
		"//etc//shadow":            true,
		"/home":                    true,
		"/home/ann":                true,
		"/root":                    true,
		"/srv/agent":               true, // the home directory of the host's user
		"/srv":                     true,
		"/home/ann/.ssh":           true,
		"/home/ann/.ssh/id_rsa":    true,
		"/srv/agent/.aws/config":   true,
		"/home/ann/.config/gcloud": true,
		"/run/docker.sock":         true,
		"/dev/mem":                 true,
		"/home/ann/export.csv":     false,
		"/root/export.csv":         false,
		"/srv/agent/exports":       false,
		"/etc/os-release":          false,
		"/var/lib/dpkg":            false,
		"/home/ann/notes.ssh/list": false,
		"{path}":                   false,
		"/etcetera/shadow":         false,
	} {
		if why := (FileAccess{Path: at}).Refused("/srv/agent"); (why != "") != want {
			t.Errorf("%s: refused %q, want refused %t", at, why, want)
		}
	}
}
