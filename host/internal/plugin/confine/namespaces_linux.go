package confine

import (
	"errors"
	"fmt"
	"runtime"
	"sync"

	"golang.org/x/sys/unix"
)

// enterNamespaces gives the calling thread, and with it the program it starts, IPC of
// its own (System V and message queues) and, unless the program dials, a network
// without any address. It reports false where the user may not or the kernel cannot.
func enterNamespaces(dials bool) (bool, error) {
	flags := unix.CLONE_NEWIPC
	if !dials {
		flags |= unix.CLONE_NEWNET
	}
	switch err := unix.Unshare(flags); {
	case err == nil:
		return true, nil
	case errors.Is(err, unix.EPERM), errors.Is(err, unix.EINVAL), errors.Is(err, unix.ENOSPC), errors.Is(err, unix.ENOSYS):
		return false, nil // no right to, not in this kernel, or as many as it allows
	default:
		return false, fmt.Errorf("make namespaces: %w", err)
	}
}

// namespaces reports whether programs get namespaces of their own here.
var namespaces = sync.OnceValue(func() bool {
	made := false
	onOwnThread(func() {
		made, _ = enterNamespaces(false) // an error here is one at each start, where it is returned
	})
	return made
})

// onOwnThread runs do on a thread that ends with it, so that what do does to the
// thread is done to nothing else. It is never the first thread of the process, which
// cannot end and which /proc shows in the name of all.
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
		do() // never unlocked: the thread must not be used for anything else
	}()
	<-done
}
