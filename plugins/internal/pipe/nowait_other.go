//go:build !unix

package pipe

// NoWait is a flag for os.OpenFile. It does nothing on this system, which has no named pipes among its files.
const NoWait = 0
