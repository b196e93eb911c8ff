package journal

import (
	"errors"
	"fmt"

	"github.com/plumbline-dev/plumbline/host"
)

func newerSchema(dir string, found uint64) *host.Problem {
	return &host.Problem{
		Code:    host.CodeNewerStore,
		Message: fmt.Sprintf("the store in %s has schema %d; this version of Plumbline knows schemas up to %d", dir, found, Schema),
		Remedy:  "Start the newer Plumbline that last used this data directory, or restore a backup that this version made.",
		Fault:   host.FaultHost,
		Retry:   host.RetryWhenConfigChanges,
	}
}

// isDiskFull reports whether err says that the disk is full.
func isDiskFull(err error) bool {
	var p *host.Problem
	return errors.As(err, &p) && p.Code == host.CodeDiskFull
}

func aliasTaken(alias string) *host.Problem {
	return &host.Problem{
		Code:    host.CodeConflict,
		Message: fmt.Sprintf("another connection is called %q", alias),
		Remedy:  "Choose another alias.",
		Fault:   host.FaultCustomer,
		Retry:   host.RetryWhenConfigChanges,
		Fields:  []host.FieldError{{Field: "alias", Message: "is taken", Value: alias}},
	}
}

func stale(alias string, have, stored uint64) *host.Problem {
	return &host.Problem{
		Code:    host.CodeConflict,
		Message: fmt.Sprintf("connection %q was changed in the meantime (revision %d, not %d)", alias, stored, have),
		Remedy:  "Reload it and make the change again.",
		Fault:   host.FaultCustomer,
		Retry:   host.RetryNever,
		Fields:  []host.FieldError{{Field: "revision", Message: "is not the latest", Value: have}},
	}
}

func noConnection(ref string) *host.Problem {
	return host.NotFound("connection", ref, "Run `plumbline connection list` to see which there are.")
}

func noRun(id string) *host.Problem {
	return host.NotFound("run", id, "Run `plumbline run list` to see which there are.")
}

func badCursor(cursor string) *host.Problem {
	return host.Invalid("cursor", cursor, "is not a cursor this list returned")
}

func violation(format string, args ...any) *host.Problem {
	return &host.Problem{
		Code:    host.CodeProtocol,
		Message: fmt.Sprintf(format, args...),
		Remedy:  "Report this to the connector's author.",
		Fault:   host.FaultConnector,
		Retry:   host.RetryNever,
	}
}

// digestTooLarge says that a digest wants so many bytes of memory and gets no more,
// because all may take only so many.
func digestTooLarge(want, most int64) *host.Problem {
	p := &host.Problem{
		Code:    host.CodeStoreMemory,
		Message: fmt.Sprintf("the streams being read have more records than store.digest_memory_mib (%d) has room for", most>>20),
		Remedy:  "Raise store.digest_memory_mib and restart the agent: each record of a stream being read needs 64 bytes.",
		Fault:   host.FaultHost,
		Retry:   host.RetryAfter, // others have a part of it
	}
	if want > most {
		p.Retry = host.RetryWhenConfigChanges
	}
	return p
}
