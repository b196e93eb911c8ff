package plugin

import (
	"path"
	"regexp"
	"strings"
)

// goFrame is a function and its line, as Go's runtime prints them when a program crashes.
var goFrame = regexp.MustCompile(`(?m)^(\S+)\(.*\)\n\t(\S+\.go:\d+)`)

// crashOf returns why a Go program crashed, with the nearest line of the author's own;
// false when text shows no crash.
func crashOf(text string) (string, bool) {
	at := -1
	for _, mark := range []string{"panic: ", "fatal error: "} {
		if i := strings.Index(text, mark); i >= 0 && (at < 0 || i < at) {
			at = i
		}
	}
	if at < 0 {
		return "", false
	}
	what, line := firstLine(text[at:]), ""
	for _, frame := range goFrame.FindAllStringSubmatch(text[at:], -1) {
		function, own := frame[1], strings.HasPrefix(frame[1], "main.")
		if own || line == "" && function != "panic" && !strings.HasPrefix(function, "runtime.") {
			line = path.Base(frame[2])
		}
		if own {
			break
		}
	}
	if line != "" {
		what += " at " + line
	}
	return what, true
}
