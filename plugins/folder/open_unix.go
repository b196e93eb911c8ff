//go:build unix

package main

import "syscall"

// noWait keeps an open from waiting for the writer of a named pipe.
const noWait = syscall.O_NONBLOCK
