package sdk

import (
	"fmt"
	"runtime"
	"strings"
)

// guard calls f and turns a panic of the author's code into internal.panic. The
// stack holds names and lines only: arguments could hold a secret.
func guard(f func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = Errorf(CodeInternalPanic, "the connector crashed").WithDetail(fmt.Sprintf("%v\n%s", p, stack()))
		}
	}()
	return f()
}

func stack() string {
	callers := make([]uintptr, 32)
	frames := runtime.CallersFrames(callers[:runtime.Callers(3, callers)])
	var b strings.Builder
	for {
		frame, more := frames.Next()
		if !strings.HasPrefix(frame.Function, "runtime.") {
			file := frame.File[strings.LastIndexByte(frame.File, '/')+1:]
			fmt.Fprintf(&b, "%s (%s:%d)\n", frame.Function, file, frame.Line)
		}
		if !more {
			return b.String()
		}
	}
}
