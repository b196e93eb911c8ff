package plugin

import "time"

// Run has a command run an open file.
var Run = run

// SetStartTimeout shortens the wait for a program that never introduces itself.
func (l *Launcher) SetStartTimeout(d time.Duration) { l.startTimeout = d }

// SocketDir is where the sockets of processes are made.
func (l *Launcher) SocketDir() string { return l.socketDir }

// SetPatience shortens the wait for a program that does not describe itself.
func (c *Catalog) SetPatience(d time.Duration) { c.patience = d }
