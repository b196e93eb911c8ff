package service

import "context"

// Systemd returns the service of a user whose units are in a directory, with a systemctl
// of the test's own.
func Systemd(units, packaged string, run func(ctx context.Context, name string, args ...string) (string, error)) *Service {
	return &Service{&systemd{units: units, packaged: packaged, run: run}}
}

// Launchd returns the service of a user with a launchctl of the test's own.
func Launchd(home string, run func(ctx context.Context, name string, args ...string) (string, error)) *Service {
	return &Service{&launchd{home: home, domain: "gui/501", run: run}}
}
