package sdk

import (
	"errors"
	"fmt"
	"path"
	"runtime"
	"runtime/debug"
	"strings"
)

// guard calls f and turns a panic of the author's code into internal.panic. The message holds
// the type, the file and the line, and the stack holds names and lines. Neither holds arguments,
// which could be secret.
func guard(f func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			frames := stack()
			e := Errorf(CodeInternalPanic, "the connector crashed: %s at %s", panicType(p), crashLine(frames))
			err = e.WithDetail(fmt.Sprintf("%v\n%s", p, stackText(frames)))
		}
	}()
	return f()
}

// panicType names the type of a panic's value. The text of Go's own errors holds only an index
// or a length.
func panicType(value any) string {
	var own runtime.Error
	if err, ok := value.(error); ok && errors.As(err, &own) {
		return fmt.Sprintf("%T (%s)", own, strings.TrimPrefix(own.Error(), "runtime error: "))
	}
	return fmt.Sprintf("%T", value)
}

// stack returns the frames of a panic, without those of the runtime.
func stack() []runtime.Frame {
	callers := make([]uintptr, 32)
	frames := runtime.CallersFrames(callers[:runtime.Callers(3, callers)])
	var all []runtime.Frame
	for {
		frame, more := frames.Next()
		if !strings.HasPrefix(frame.Function, "runtime.") {
			all = append(all, frame)
		}
		if !more {
			return all
		}
	}
}

func stackText(frames []runtime.Frame) string {
	var b strings.Builder
	for _, f := range frames {
		fmt.Fprintf(&b, "%s (%s)\n", f.Function, lineOf(f))
	}
	return b.String()
}

func lineOf(f runtime.Frame) string { return fmt.Sprintf("%s:%d", path.Base(f.File), f.Line) }

// crashLine returns the author's line nearest to the panic, which may be in a library.
func crashLine(frames []runtime.Frame) string {
	own := "main."
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Path != "" {
		own = info.Main.Path
	}
	for _, f := range frames {
		if strings.HasPrefix(f.Function, "main.") || strings.HasPrefix(f.Function, own) {
			return lineOf(f)
		}
	}
	if len(frames) == 0 {
		return "an unknown line"
	}
	return lineOf(frames[0])
}
