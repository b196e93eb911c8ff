package confine

import (
	"errors"
	"fmt"
	"runtime"
	"sync"

	"golang.org/x/sys/unix"
)

// enterNamespaces gives the calling thread, and the program that it starts, IPC of its
// own and, unless the program dials, a network without any address. It returns false
// where the user may not or the kernel cannot.
func enterNamespaces(dials bool) (bool, error) {
	flags := unix.CLONE_NEWIPC
	if !dials {
		flags |= unix.CLONE_NEWNET
	}
	switch err := unix.Unshare(flags); {
	case err == nil:
		return true, nil
	case errors.Is(err, unix.EPERM), errors.Is(err, unix.EINVAL), errors.Is(err, unix.ENOSPC), errors.Is(err, unix.ENOSYS):
		return false, nil // not allowed, not in this kernel, or too many
	default:
		return false, fmt.Errorf("make namespaces: %w", err)
	}
}

// namespaces reports whether programs get namespaces of their own here.
var namespaces = sync.OnceValue(func() bool {
	made := false
	onOwnThread(func() {
		made, _ = enterNamespaces(false) // each start returns the error
	})
	return made
})

// onOwnThread runs do on a thread that ends with it. That is never the first thread of
// the process, which cannot end and which /proc shows for the whole process.
func onOwnThread(do func()) {
	done := make(chan struct{})
	go func() { // ends with do, and its thread with it
		defer close(done)
		runtime.LockOSThread()
		if unix.Gettid() == unix.Getpid() {
			onOwnThread(do) // this goroutine holds the first thread meanwhile
			runtime.UnlockOSThread()
			return
		}
		do() // the thread stays locked, so the runtime destroys it
	}()
	<-done
}
