// Package task keeps the table of long-running work: backups, verifications and
// installations. It starts the work in a goroutine of its own, reports progress as
// events and remembers the latest results. Stop waits for all of it. The package
// does not know what the work does.
package task
