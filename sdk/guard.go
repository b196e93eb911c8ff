package sdk

import (
	"errors"
	"fmt"
	"path"
	"runtime"
	"runtime/debug"
	"strings"
)

// guard calls f and turns a panic of the author's code into internal.panic. The
// message holds the type, the file and the line; the stack holds names and lines.
// Neither holds arguments, which could be a secret.
func guard(f func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			frames := stack()
			e := Errorf(CodeInternalPanic, "the connector crashed: %s at %s", panicType(p), crashPlace(frames))
			err = e.WithDetail(fmt.Sprintf("%v\n%s", p, stackText(frames)))
		}
	}()
	return f()
}

// panicType names what a panic was given. The text of Go's own errors holds no
// value but an index or a length.
func panicType(value any) string {
	var own runtime.Error
	if err, ok := value.(error); ok && errors.As(err, &own) {
		return fmt.Sprintf("%T (%s)", own, strings.TrimPrefix(own.Error(), "runtime error: "))
	}
	return fmt.Sprintf("%T", value)
}

// stack returns where a panic came from, without Go's own machinery.
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
		fmt.Fprintf(&b, "%s (%s)\n", f.Function, placeOf(f))
	}
	return b.String()
}

func placeOf(f runtime.Frame) string { return fmt.Sprintf("%s:%d", path.Base(f.File), f.Line) }

// crashPlace returns the author's own line nearest to the panic, which may have
// happened in a library.
func crashPlace(frames []runtime.Frame) string {
	own := "main."
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Path != "" {
		own = info.Main.Path
	}
	for _, f := range frames {
		if strings.HasPrefix(f.Function, "main.") || strings.HasPrefix(f.Function, own) {
			return placeOf(f)
		}
	}
	if len(frames) == 0 {
		return "an unknown line"
	}
	return placeOf(frames[0])
}
