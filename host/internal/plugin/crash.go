package plugin

import (
	"path"
	"regexp"
	"strings"
)

// goFrame is a function and its place, in the words that Go's runtime writes to
// standard error when a program dies.
var goFrame = regexp.MustCompile(`(?m)^(\S+)\(.*\)\n\t(\S+\.go:\d+)`)

// crashOf returns what a Go program died of, with the author's own line nearest to
// it, or false when text does not tell of a crash.
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
	what, place := firstLine(text[at:]), ""
	for _, frame := range goFrame.FindAllStringSubmatch(text[at:], -1) {
		function, own := frame[1], strings.HasPrefix(frame[1], "main.")
		if own || place == "" && function != "panic" && !strings.HasPrefix(function, "runtime.") {
			place = path.Base(frame[2])
		}
		if own {
			break
		}
	}
	if place != "" {
		what += " at " + place
	}
	return what, true
}
