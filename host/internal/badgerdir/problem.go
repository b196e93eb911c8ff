package badgerdir

import (
	"fmt"

	"github.com/plumbline-dev/plumbline/host"
)

func locked(dir string) *host.Problem {
	return &host.Problem{
		Code:    host.CodeLocked,
		Message: fmt.Sprintf("the data directory %s is in use by another Plumbline", dir),
		Remedy:  "Use the one that is running, or stop it first.",
		Fault:   host.FaultHost,
		Retry:   host.RetryAfter,
	}
}

func wrongKey(dir string) *host.Problem {
	return &host.Problem{
		Code:    host.CodeStoreKey,
		Message: fmt.Sprintf("the store in %s was encrypted with another key, or its file KEYREGISTRY is damaged", dir),
		Remedy:  "Put back the key this store was made with, or restore a backup into a new data directory.",
		Fault:   host.FaultHost,
		Retry:   host.RetryWhenConfigChanges,
	}
}

func damaged(b host.BadEntry) *host.Problem {
	where := ""
	if b.Offset > 0 {
		where = fmt.Sprintf(" at byte %d", b.Offset)
	}
	return &host.Problem{
		Code:    host.CodeStoreDamaged,
		Message: fmt.Sprintf("the file %s of the store is damaged%s: %s", b.File, where, b.Message),
		Remedy: "Keep a copy of the data directory, run `plumbline verify` to see what is affected, " +
			"and restore a backup with `plumbline backup restore FILE`.",
		Fault: host.FaultHost,
		Retry: host.RetryNever,
	}
}

func diskFull(dir string, have Space) *host.Problem {
	p := &host.Problem{
		Code: host.CodeDiskFull,
		Message: fmt.Sprintf("only %d MiB are free on the disk that holds %s; Plumbline stops writing below %d MiB",
			have.Free>>20, dir, have.Floor>>20),
		Fault: host.FaultHost,
		Retry: host.RetryAfter,
	}
	need := uint64(1)
	if have.Resume > have.Free {
		need += (have.Resume - have.Free) >> 20
	}
	p.Remedy = fmt.Sprintf("Free %d MiB or more on this disk, or move the data directory to a larger one; "+
		"writing goes on by itself, and syncs from their last checkpoint.", need)
	if have.Limited != "" {
		p.Message += "; " + have.Limited
	}
	return p
}
