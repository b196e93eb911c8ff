package finding

import (
	"fmt"
)

// unable is why a template has no translation.
type unable struct{ reason string }

// Refuse says that something has no translation: the attempt in which it is called ends.
func Refuse(format string, args ...any) { panic(unable{fmt.Sprintf(format, args...)}) }

// Attempt calls do and returns the reason for which it failed.
func Attempt(do func()) (err error) {
	defer func() {
		if thrown := recover(); thrown != nil {
			if reason, ours := thrown.(unable); ours {
				err = fmt.Errorf("%s", reason.reason)
				return
			}
			err = fmt.Errorf("it has a form that is not known (%v)", thrown) // a value where a manifest has none
		}
	}()
	do()
	return nil
}
