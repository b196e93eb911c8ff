// Package claim gives a data directory one owner at a time. The claim is a lock on
// DIR/lock. DIR/owner.json beside it says which process holds it and where its socket
// is; after a crash it may outlive its owner, and only the lock is proof.
package datadir
