//go:build unix

package pipe

import "syscall"

// NoWait is a flag for os.OpenFile. With it the open of a named pipe does not wait for a writer.
const NoWait = syscall.O_NONBLOCK
