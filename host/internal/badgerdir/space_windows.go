package badgerdir

import (
	"io/fs"

	"golang.org/x/sys/windows"
)

// freeSpace returns the bytes this process may still write and the disk's size.
func freeSpace(dir string) (free, total uint64, err error) {
	path, err := windows.UTF16PtrFromString(dir)
	if err != nil {
		return 0, 0, err
	}
	err = windows.GetDiskFreeSpaceEx(path, &free, &total, nil)
	return free, total, err
}

// Allocated returns the bytes of the disk a file takes.
func Allocated(info fs.FileInfo) uint64 { return uint64(info.Size()) }
