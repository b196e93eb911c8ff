package lowcode

import (
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/plumbline-dev/plumbline/plugins/declarative/internal/jinja"
)

// call writes a function, or a method of a value.
func (s *scene) call(v jinja.Call) cel {
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

func (s *scene) function(name string, v jinja.Call) cel {
	first := argument(v, 0, "")
	switch name {
	case "now_utc":
		return atom("time", "now()")
	case "today_utc", "today_with_timezone":
		return atom("text", `written(now(), "date")`)
	case "timestamp":
		return atom("number", "unix(%s)", s.need(name, first).value().src)
	case "duration":
		return s.duration(first)
	case "day_delta":
		return s.dayDelta(v)
	case "format_datetime":
		if argument(v, 1, "format") == nil {
			break
		}
		return written(s.need(name, argument(v, 0, "dt")), s.form(argument(v, 1, "format")))
	case "str_to_datetime":
		return atom("time", "time(%s)", s.need(name, first).value().src)
	case "max", "min":
		return s.extreme(name, v)
	case "int", "float":
		return atom("number", "number(%s)", s.need(name, first).value().src)
	case "str", "string":
		return s.need(name, first).text()
	case "len":
		return atom("number", "size(%s)", s.need(name, first).value().src)
	}
	return fail("the function %s has no translation", name)
}

func (s *scene) need(name string, n jinja.Node) cel {
	if n == nil {
		fail("%s has no argument", name)
	}
	return s.expr(n)
}

// extreme writes the larger or the smaller of two values.
func (s *scene) extreme(name string, v jinja.Call) cel {
	if len(v.Args) != 2 {
		fail("%s of other than two values has no translation", name)
	}
	a, b := s.expr(v.Args[0]).value(), s.expr(v.Args[1]).value()
	sign := map[string]string{"max": ">", "min": "<"}[name]
	return cel{src: fmt.Sprintf("%s %s %s ? %s : %s", a.at(rankAdd), sign, b.at(rankAdd), a.at(rankOr), b.at(rankCond)), rank: rankCond,
		typ: same(a, b)}
}

// duration writes a length of time, such as P30D.
func (s *scene) duration(n jinja.Node) cel {
	literal, _ := n.(jinja.Literal)
	text, _ := literal.Value.(string)
	length, ok := isoDuration(text)
	if !ok {
		fail("the length of time %v has no translation", text)
	}
	return atom("duration", "duration(%s)", quote(length.String()))
}

// dayDelta writes a moment some days from now.
func (s *scene) dayDelta(v jinja.Call) cel {
	literal, ok := argument(v, 0, "num_days").(jinja.Literal)
	days, isNumber := literal.Value.(int64)
	if !ok || !isNumber {
		fail("day_delta with other than a number has no translation")
	}
	form := "2006-01-02T15:04:05.000000-0700"
	if given := argument(v, 1, "format"); given != nil {
		form = s.form(given)
	}
	at := atom("time", `ago("%dd")`, -days)
	if days > 0 {
		at = cel{src: fmt.Sprintf(`now() + duration("%dh")`, days*24), rank: rankAdd, typ: "time"}
	}
	return written(at, form)
}

// form returns the form of the language for a literal strftime format.
func (s *scene) form(n jinja.Node) string {
	literal, _ := n.(jinja.Literal)
	text, ok := literal.Value.(string)
	if !ok {
		fail("a format of times that is not a text has no translation")
	}
	form, ok := layoutOf(text)
	if !ok {
		fail("the format of times %s has no translation", text)
	}
	return form
}

// written writes a moment in a form of the language.
func written(at cel, form string) cel {
	typ, src := "text", at.value().src
	if strings.HasPrefix(form, "unix") {
		typ = "number"
	}
	if inner, ok := strings.CutSuffix(src, `, "rfc3339")`); ok && strings.HasPrefix(inner, "written(") {
		src = strings.TrimPrefix(inner, "written(")
	}
	return atom(typ, "written(%s, %s)", src, quote(form))
}

// method writes value.name(args).
func (s *scene) method(of jinja.Attr, v jinja.Call) cel {
	first := argument(v, 0, "")
	switch of.Name {
	case "strftime":
		return written(s.expr(of.Of), s.form(argument(v, 0, "format")))
	case "isoformat":
		return written(s.expr(of.Of), "rfc3339")
	case "timestamp":
		return atom("number", "unix(%s)", s.expr(of.Of).value().src)
	case "join":
		return atom("text", "%s.map(v, string(v)).join(%s)", s.need("join", first).at(rankAtom), s.expr(of.Of).src)
	case "keys":
		return atom("list", "%s.map(k, k)", s.expr(of.Of).at(rankAtom))
	case "values":
		return atom("list", "values(%s)", s.expr(of.Of).value().src)
	}
	text := s.expr(of.Of)
	var args []string
	for _, arg := range v.Args {
		args = append(args, s.expr(arg).value().src)
	}
	all := strings.Join(args, ", ")
	switch of.Name {
	case "lower", "upper":
		return atom("text", "%s(%s)", of.Name, text.value().src)
	case "encode", "decode":
		return text
	case "strip":
		if all == "" {
			return atom("text", "%s.trim()", text.at(rankAtom))
		}
	case "split":
		if all != "" {
			return atom("list", "%s.split(%s)", text.at(rankAtom), all)
		}
	case "replace":
		return atom("text", "%s.replace(%s)", text.at(rankAtom), all)
	case "startswith":
		return atom("bool", "%s.startsWith(%s)", text.at(rankAtom), all)
	case "endswith":
		return atom("bool", "%s.endsWith(%s)", text.at(rankAtom), all)
	}
	return fail("the method %s has no translation", of.Name)
}

// filter writes value|name(args).
func (s *scene) filter(v jinja.Filter) cel {
	as := jinja.Call{Args: v.Args, Named: v.Named}
	switch v.Name {
	case "default", "d":
		return s.either(jinja.Binary{Op: "or", Left: v.Of, Right: argument(as, 0, "default_value")})
	case "join":
		return atom("text", "%s.map(v, string(v)).join(%s)", s.expr(v.Of).at(rankAtom), s.separator(v))
	case "map":
		name, ok := v.Named["attribute"].(jinja.Literal)
		if !ok {
			break
		}
		return atom("list", "%s.map(v, %s)", s.expr(v.Of).at(rankAtom), s.member(atom("", "v"), step{key: name.Value}, false).src)
	case "regex_search":
		return s.search(v)
	case "format_datetime", "timestamp", "day_delta":
		return s.function(v.Name, jinja.Call{Args: append([]jinja.Node{v.Of}, v.Args...), Named: v.Named})
	case "hash":
		return s.hash(v)
	case "strftime":
		return written(s.expr(v.Of), s.form(argument(as, 0, "format")))
	}
	of := s.expr(v.Of)
	src := of.value().src
	switch v.Name {
	case "lower", "upper":
		return atom("text", "%s(%s)", v.Name, of.text().src)
	case "trim":
		return atom("text", "%s.trim()", of.text().at(rankAtom))
	case "length", "count":
		if s.safe && of.maybe {
			return atom("number", "size(%s.orValue([]))", of.src)
		}
		return atom("number", "size(%s)", src)
	case "first", "last":
		return atom("", "%s(%s)", v.Name, src)
	case "string":
		return of.text()
	case "int", "float":
		return atom("number", "number(%s)", src)
	case "list", "safe":
		return of
	case "unique":
		return atom("list", "%s.distinct()", of.at(rankAtom))
	case "sort":
		return atom("list", "%s.sort()", of.at(rankAtom))
	case "urlencode":
		return atom("text", "escape(%s)", of.text().src)
	case "base64encode", "b64encode":
		return atom("text", "base64(%s)", of.text().src)
	case "replace":
		if len(v.Args) == 2 {
			return atom("text", "%s.replace(%s, %s)", of.text().at(rankAtom), s.expr(v.Args[0]).src, s.expr(v.Args[1]).src)
		}
	}
	return fail("the filter %s has no translation", v.Name)
}

func (s *scene) separator(v jinja.Filter) string {
	if len(v.Args) == 0 {
		return `""`
	}
	return s.expr(v.Args[0]).src
}

// hash writes a fingerprint. The vendor never sees it, so its kind does not matter.
func (s *scene) hash(v jinja.Filter) cel {
	if s.item == "" {
		fail("a hash in a request has no translation")
	}
	if kind, ok := argument(jinja.Call{Args: v.Args}, 0, "").(jinja.Literal); !ok || kind.Value != "sha256" {
		s.m.notes.add(s.line, "", "a hash is the SHA-256, whichever kind the manifest names")
	}
	return atom("text", "sha256(%s)", s.expr(v.Of).value().src)
}

// parameterOf matches the patterns that read one parameter of an address.
var parameterOf = regexp.MustCompile(`^(?:\[[?&]+\]|\\\?|[?&])?` + // ? or &
	`((?:[A-Za-z0-9_$-]|\\\$|\\\[|\\\])+)=` + // its name
	`\((?:\[\^&\]|\[[^\]\^]+\]|\.|\\d|\\w)[+*]\??\)(?:&|\$|\(&\|\$\))?$`) // its value

// search writes the first group of a pattern; that of a parameter of an address has a word of its own.
func (s *scene) search(v jinja.Filter) cel {
	literal, _ := s.firstOf(v).(jinja.Literal)
	pattern, ok := literal.Value.(string)
	if !ok {
		fail("regex_search with other than a text has no translation")
	}
	of := s.expr(v.Of).value()
	if match := parameterOf.FindStringSubmatch(pattern); match != nil {
		return atom("", "parameter(%s, %s)", of.src, quote(strings.ReplaceAll(match[1], `\`, "")))
	}
	compiled, err := regexp.Compile(pattern)
	if err != nil || compiled.NumSubexp() == 0 {
		fail("the pattern %s has no translation", pattern)
	}
	return atom("", "extract(%s, %s)", of.src, quote(pattern))
}

func (s *scene) firstOf(v jinja.Filter) jinja.Node {
	if len(v.Args) == 0 {
		fail("the filter %s has no argument", v.Name)
	}
	return v.Args[0]
}

// isoDuration reads a length of time such as P1DT2H; months have 30 days and years 365.
func isoDuration(text string) (time.Duration, bool) {
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

// goDuration writes a length of time: 30d, 12h, 90s.
func goDuration(length time.Duration) string {
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

// layoutOf returns the form of the language for a strftime format.
func layoutOf(format string) (string, bool) {
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
