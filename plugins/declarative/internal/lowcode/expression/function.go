package expression

import (
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/plumbline-dev/plumbline/plugins/declarative/internal/jinja"
)

// call writes a function, or a method of a value.
func (s *Scene) call(v jinja.Call) CEL {
	switch of := v.Of.(type) {
	case jinja.Name:
		return s.function(of.Name, v)
	case jinja.Attr:
		if of.Name == "get" {
			return s.path(v)
		}
		return s.method(of, v)
	}
	return fail("a call of what is no function")
}

// argument returns an argument by its place or its name, or nil.
func argument(v jinja.Call, at int, name string) jinja.Node {
	if at < len(v.Args) {
		return v.Args[at]
	}
	if named, ok := v.Named[name]; ok {
		return named
	}
	return nil
}

func (s *Scene) function(name string, v jinja.Call) CEL {
	first := argument(v, 0, "")
	switch name {
	case "now_utc":
		return atom("time", "now()")
	case "today_utc", "today_with_timezone":
		return atom("text", `written(now(), "date")`)
	case "timestamp":
		return atom("number", "unix(%s)", s.need(name, first).Value().Source)
	case "duration":
		return s.duration(first)
	case "day_delta":
		return s.dayDelta(v)
	case "format_datetime":
		if argument(v, 1, "format") == nil {
			break
		}
		return Written(s.need(name, argument(v, 0, "dt")), s.layout(argument(v, 1, "format")))
	case "str_to_datetime":
		return atom("time", "time(%s)", s.need(name, first).Value().Source)
	case "max", "min":
		return s.extreme(name, v)
	case "int", "float":
		return atom("number", "number(%s)", s.need(name, first).Value().Source)
	case "str", "string":
		return s.need(name, first).Text()
	case "len":
		return atom("number", "size(%s)", s.need(name, first).Value().Source)
	}
	return fail("the function %s has no translation", name)
}

func (s *Scene) need(name string, n jinja.Node) CEL {
	if n == nil {
		fail("%s has no argument", name)
	}
	return s.expr(n)
}

// extreme writes the larger or the smaller of two values.
func (s *Scene) extreme(name string, v jinja.Call) CEL {
	if len(v.Args) != 2 {
		fail("%s of other than two values has no translation", name)
	}
	a, b := s.expr(v.Args[0]).Value(), s.expr(v.Args[1]).Value()
	sign := map[string]string{"max": ">", "min": "<"}[name]
	return CEL{Source: fmt.Sprintf("%s %s %s ? %s : %s", a.At(RankAdd), sign, b.At(RankAdd), a.At(RankOr), b.At(RankCond)), rank: RankCond,
		Type: same(a, b)}
}

// duration writes a length of time, such as P30D.
func (s *Scene) duration(n jinja.Node) CEL {
	literal, _ := n.(jinja.Literal)
	text, _ := literal.Value.(string)
	length, ok := ParseDuration(text)
	if !ok {
		fail("the length of time %v has no translation", text)
	}
	return atom("duration", "duration(%s)", Quote(length.String()))
}

// dayDelta writes a moment some days from now.
func (s *Scene) dayDelta(v jinja.Call) CEL {
	literal, ok := argument(v, 0, "num_days").(jinja.Literal)
	days, isNumber := literal.Value.(int64)
	if !ok || !isNumber {
		fail("day_delta with other than a number has no translation")
	}
	form := "2006-01-02T15:04:05.000000-0700"
	if given := argument(v, 1, "format"); given != nil {
		form = s.layout(given)
	}
	at := atom("time", `ago("%dd")`, -days)
	if days > 0 {
		at = CEL{Source: fmt.Sprintf(`now() + duration("%dh")`, days*24), rank: RankAdd, Type: "time"}
	}
	return Written(at, form)
}

// layout returns the form of the language for a literal strftime format.
func (s *Scene) layout(n jinja.Node) string {
	literal, _ := n.(jinja.Literal)
	text, ok := literal.Value.(string)
	if !ok {
		fail("a format of times that is not a text has no translation")
	}
	form, ok := Layout(text)
	if !ok {
		fail("the format of times %s has no translation", text)
	}
	return form
}

// Written writes a moment in a form of the language.
func Written(at CEL, form string) CEL {
	typ, src := "text", at.Value().Source
	if strings.HasPrefix(form, "unix") {
		typ = "number"
	}
	if inner, ok := strings.CutSuffix(src, `, "rfc3339")`); ok && strings.HasPrefix(inner, "written(") {
		src = strings.TrimPrefix(inner, "written(")
	}
	return atom(typ, "written(%s, %s)", src, Quote(form))
}

// method writes value.name(args).
func (s *Scene) method(of jinja.Attr, v jinja.Call) CEL {
	first := argument(v, 0, "")
	switch of.Name {
	case "strftime":
		return Written(s.expr(of.Of), s.layout(argument(v, 0, "format")))
	case "isoformat":
		return Written(s.expr(of.Of), "rfc3339")
	case "timestamp":
		return atom("number", "unix(%s)", s.expr(of.Of).Value().Source)
	case "join":
		return atom("text", "%s.map(v, string(v)).join(%s)", s.need("join", first).At(RankAtom), s.expr(of.Of).Source)
	case "keys":
		return atom("list", "%s.map(k, k)", s.expr(of.Of).At(RankAtom))
	case "values":
		return atom("list", "values(%s)", s.expr(of.Of).Value().Source)
	}
	text := s.expr(of.Of)
	var args []string
	for _, arg := range v.Args {
		args = append(args, s.expr(arg).Value().Source)
	}
	all := strings.Join(args, ", ")
	switch of.Name {
	case "lower", "upper":
		return atom("text", "%s(%s)", of.Name, text.Value().Source)
	case "encode", "decode":
		return text
	case "strip":
		if all == "" {
			return atom("text", "%s.trim()", text.At(RankAtom))
		}
	case "split":
		if all != "" {
			return atom("list", "%s.split(%s)", text.At(RankAtom), all)
		}
	case "replace":
		return atom("text", "%s.replace(%s)", text.At(RankAtom), all)
	case "startswith":
		return atom("bool", "%s.startsWith(%s)", text.At(RankAtom), all)
	case "endswith":
		return atom("bool", "%s.endsWith(%s)", text.At(RankAtom), all)
	}
	return fail("the method %s has no translation", of.Name)
}

// filter writes value|name(args).
func (s *Scene) filter(v jinja.Filter) CEL {
	as := jinja.Call{Args: v.Args, Named: v.Named}
	switch v.Name {
	case "default", "d":
		return s.either(jinja.Binary{Op: "or", Left: v.Of, Right: argument(as, 0, "default_value")})
	case "join":
		return atom("text", "%s.map(v, string(v)).join(%s)", s.expr(v.Of).At(RankAtom), s.separator(v))
	case "map":
		name, ok := v.Named["attribute"].(jinja.Literal)
		if !ok {
			break
		}
		return atom("list", "%s.map(v, %s)", s.expr(v.Of).At(RankAtom), s.member(atom("", "v"), step{key: name.Value}, false).Source)
	case "regex_search":
		return s.search(v)
	case "format_datetime", "timestamp", "day_delta":
		return s.function(v.Name, jinja.Call{Args: append([]jinja.Node{v.Of}, v.Args...), Named: v.Named})
	case "hash":
		return s.hash(v)
	case "strftime":
		return Written(s.expr(v.Of), s.layout(argument(as, 0, "format")))
	}
	of := s.expr(v.Of)
	src := of.Value().Source
	switch v.Name {
	case "lower", "upper":
		return atom("text", "%s(%s)", v.Name, of.Text().Source)
	case "trim":
		return atom("text", "%s.trim()", of.Text().At(RankAtom))
	case "length", "count":
		if s.Safe && of.maybe {
			return atom("number", "size(%s.orValue([]))", of.Source)
		}
		return atom("number", "size(%s)", src)
	case "first", "last":
		return atom("", "%s(%s)", v.Name, src)
	case "string":
		return of.Text()
	case "int", "float":
		return atom("number", "number(%s)", src)
	case "list", "safe":
		return of
	case "unique":
		return atom("list", "%s.distinct()", of.At(RankAtom))
	case "sort":
		return atom("list", "%s.sort()", of.At(RankAtom))
	case "urlencode":
		return atom("text", "escape(%s)", of.Text().Source)
	case "base64encode", "b64encode":
		return atom("text", "base64(%s)", of.Text().Source)
	case "replace":
		if len(v.Args) == 2 {
			return atom("text", "%s.replace(%s, %s)", of.Text().At(RankAtom), s.expr(v.Args[0]).Source, s.expr(v.Args[1]).Source)
		}
	}
	return fail("the filter %s has no translation", v.Name)
}

func (s *Scene) separator(v jinja.Filter) string {
	if len(v.Args) == 0 {
		return `""`
	}
	return s.expr(v.Args[0]).Source
}

// hash writes a fingerprint. The vendor never sees it, so its kind does not matter.
func (s *Scene) hash(v jinja.Filter) CEL {
	if s.Item == "" {
		fail("a hash in a request has no translation")
	}
	if kind, ok := argument(jinja.Call{Args: v.Args}, 0, "").(jinja.Literal); !ok || kind.Value != "sha256" {
		s.Notes.Add(s.Line, "", "a hash is the SHA-256, whichever kind the manifest names")
	}
	return atom("text", "sha256(%s)", s.expr(v.Of).Value().Source)
}

// parameterOf matches the patterns that read one parameter of an address.
var parameterOf = regexp.MustCompile(`^(?:\[[?&]+\]|\\\?|[?&])?` + // ? or &
	`((?:[A-Za-z0-9_$-]|\\\$|\\\[|\\\])+)=` + // its name
	`\((?:\[\^&\]|\[[^\]\^]+\]|\.|\\d|\\w)[+*]\??\)(?:&|\$|\(&\|\$\))?$`) // its value

// search writes regex_search.
func (s *Scene) search(v jinja.Filter) CEL {
	literal, _ := s.firstOf(v).(jinja.Literal)
	pattern, ok := literal.Value.(string)
	if !ok {
		fail("regex_search with other than a text has no translation")
	}
	return Search(s.expr(v.Of).Value().Source, pattern)
}

// Search writes the first group of a pattern in a text; that of a parameter of an address has a word of
// its own.
func Search(of, pattern string) CEL {
	if match := parameterOf.FindStringSubmatch(pattern); match != nil {
		return atom("", "parameter(%s, %s)", of, Quote(strings.ReplaceAll(match[1], `\`, "")))
	}
	compiled, err := regexp.Compile(pattern)
	if err != nil || compiled.NumSubexp() == 0 {
		fail("the pattern %s has no translation", pattern)
	}
	return atom("", "extract(%s, %s)", of, Quote(pattern))
}

func (s *Scene) firstOf(v jinja.Filter) jinja.Node {
	if len(v.Args) == 0 {
		fail("the filter %s has no argument", v.Name)
	}
	return v.Args[0]
}

// ParseDuration reads a length of time such as P1DT2H; months have 30 days and years 365.
func ParseDuration(text string) (time.Duration, bool) {
	match := regexp.MustCompile(`^P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:([\d.]+)S)?)?$`).
		FindStringSubmatch(text)
	if match == nil || text == "P" {
		return 0, false
	}
	var length time.Duration
	for i, unit := range []time.Duration{365 * 24 * time.Hour, 30 * 24 * time.Hour, 7 * 24 * time.Hour, 24 * time.Hour, time.Hour,
		time.Minute, time.Second} {
		var n float64
		if match[i+1] == "" {
			continue
		}
		if _, err := fmt.Sscanf(match[i+1], "%g", &n); err != nil {
			return 0, false
		}
		length += time.Duration(n * float64(unit))
	}
	return length, true
}

// FormatDuration writes a length of time: 30d, 12h, 90s.
func FormatDuration(length time.Duration) string {
	for _, unit := range []struct {
		length time.Duration
		name   string
	}{{24 * time.Hour, "d"}, {time.Hour, "h"}, {time.Minute, "m"}} {
		if length >= unit.length && length%unit.length == 0 {
			return fmt.Sprintf("%d%s", length/unit.length, unit.name)
		}
	}
	return length.String()
}

// Layout returns the form of the language for a strftime format.
func Layout(format string) (string, bool) {
	switch format {
	case "%s", "%s_as_float":
		return "unix", true
	case "%ms", "%epoch_milliseconds":
		return "unix_ms", true
	case "%Y-%m-%d", "%F":
		return "date", true
	case "%Y-%m-%dT%H:%M:%SZ":
		return "rfc3339", true
	}
	signs := map[byte]string{'Y': "2006", 'm': "01", 'd': "02", 'H': "15", 'M': "04", 'S': "05", 'y': "06", 'b': "Jan", 'B': "January",
		'I': "03", 'p': "PM", 'j': "002", 'a': "Mon", 'A': "Monday", 'z': "-0700", 'Z': "MST", 'e': "_2", 'F': "2006-01-02", 'T': "15:04:05"}
	var b strings.Builder
	for i := 0; i < len(format); i++ {
		if format[i] != '%' {
			if strings.ContainsRune("0123456789", rune(format[i])) {
				return "", false // a digit would be read as a part of a time
			}
			b.WriteByte(format[i])
			continue
		}
		rest := format[i+1:]
		dotted := strings.HasSuffix(b.String(), ".") || strings.HasSuffix(b.String(), ",")
		switch {
		case strings.HasPrefix(rest, "_ms") && dotted:
			b.WriteString("000")
			i += 3
		case strings.HasPrefix(rest, "f") && dotted:
			b.WriteString("000000")
			i++
		case rest != "" && signs[rest[0]] != "" && !strings.HasPrefix(rest, "ms"):
			b.WriteString(signs[rest[0]])
			i++
		default:
			return "", false
		}
	}
	return b.String(), true
}
