package durable

import (
	"io"
	"os"
)

// Recorded is Write that records the calls whose order matters.
func Recorded(path string, content string) (calls []string, err error) {
	d := system()
	disk := d
	d.sync = func(f *os.File) error {
		info, err := f.Stat()
		if err != nil {
			return err
		}
		if info.Size() == int64(len(content)) {
			calls = append(calls, "sync whole file")
		}
		return disk.sync(f)
	}
	d.rename = func(from, to string) error {
		calls = append(calls, "rename")
		return disk.rename(from, to)
	}
	d.syncDir = func(dir string) error {
		calls = append(calls, "sync directory")
		return disk.syncDir(dir)
	}
	err = d.replace(path, 0o600, func(w io.Writer) error {
		calls = append(calls, "write")
		_, err := io.WriteString(w, content)
		return err
	})
	return calls, err
}
