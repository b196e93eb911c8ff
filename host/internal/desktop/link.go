package desktop

import (
	"net/url"
	"slices"
	"strings"
	"unicode"
)

// Scheme is the scheme of links that lead into the window.
const Scheme = "plumbline"

// screens are the routes that a link may lead to, as the front end writes them: a segment
// :name stands for any one. Each of them only shows something. A form that
// a link could fill in is not among them, nor is one that changes what is there.
var screens = [][]string{
	{},
	{"connections"},
	{"connections", "available"},
	{"connections", "available", ":id"},
	{"connections", "disconnected"},
	{"connections", ":ref"},
	{"connections", ":ref", ":tab"},
	{"connections", ":ref", "records", ":stream", ":key"},
	{"runs", ":id"},
	{"accounts"},
	{"changes"},
	{"activity"},
	{"settings"},
	{"doctor"},
	{"backup"},
}

// tabs are what :tab stands for, and forms the words of routes that :ref must not match.
var (
	tabs  = []string{"overview", "runs", "data", "changes", "activity", "settings"}
	forms = []string{"new", "available", "disconnected"}
)

// maxLink is the length of the longest link that is looked at.
const maxLink = 2048

// Route returns the path of the screen that a link leads to, such as /connections/okta for
// plumbline://connections/okta. It is false for everything that is not on the list of
// screens. The query and the fragment of a link are dropped: a link names a screen and
// says nothing else.
func Route(link string) (path string, ok bool) {
	if len(link) > maxLink {
		return "", false
	}
	u, err := url.Parse(link)
	if err != nil || u.Scheme != Scheme || u.Opaque != "" || u.User != nil || u.Port() != "" {
		return "", false
	}
	return screen(u.Host + u.EscapedPath())
}

// screen returns the path of a screen from its escaped segments.
func screen(escaped string) (path string, ok bool) {
	var segments []string
	for part := range strings.SplitSeq(strings.Trim(escaped, "/"), "/") {
		segment, err := url.PathUnescape(part)
		if err != nil || !plain(segment) {
			return "", false
		}
		segments = append(segments, segment)
	}
	if strings.Trim(escaped, "/") == "" {
		segments = nil
	}
	if !slices.ContainsFunc(screens, func(route []string) bool { return leads(route, segments) }) {
		return "", false
	}
	for i, segment := range segments {
		segments[i] = url.PathEscape(segment)
	}
	return "/" + strings.Join(segments, "/"), true
}

// plain reports whether a segment holds only what a person can read, and no step upward.
func plain(segment string) bool {
	return segment != "." && segment != ".." && !strings.ContainsFunc(segment, func(r rune) bool { return !unicode.IsPrint(r) })
}

// leads reports whether a route is the one of these segments.
func leads(route, segments []string) bool {
	return slices.EqualFunc(route, segments, stands)
}

// stands reports whether a part of a route stands for a segment.
func stands(part, segment string) bool {
	switch {
	case part == ":tab":
		return slices.Contains(tabs, segment)
	case part == ":ref":
		return segment != "" && !slices.Contains(forms, segment)
	case strings.HasPrefix(part, ":"):
		return segment != ""
	}
	return part == segment
}
