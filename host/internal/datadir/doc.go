// Package datadir locks a data directory for one process. The lock is an flock on
// DIR/lock. DIR/owner.json says which process holds it and where its socket is. After a
// crash that file may name a process that has ended; only the lock is proof. DIR/window.lock is
// the lock of the process that shows the directory's window.
package datadir
